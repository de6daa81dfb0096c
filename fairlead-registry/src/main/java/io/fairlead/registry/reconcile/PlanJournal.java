package io.fairlead.registry.reconcile;

import io.fairlead.registry.plan.Plan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * What is being done to one target: a small file, there only while a plan is under way. First line
 * the plan, then one line for each step done; a step is durable before the next begins. A torn last
 * line is a step that was not done. Owned by the target's reconciler.
 */
public final class PlanJournal {
  /** How far a plan came. */
  public enum Step {
    PLANNED,
    WRITTEN,
    RELOADED,
    VERIFIED
  }

  /** A plan that was under way when the process ended. */
  public record Unfinished(Plan plan, Step step) {}

  private final Path file;

  public PlanJournal(Path file) {
    this.file = file;
  }

  /** Step {@code PLANNED} of a plan; forgets the one before. */
  void begin(Plan plan) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    line.writeBytes(PlanJson.bytes(PlanJson.plan(plan)));
    line.write('\n');
    DurableFile.replace(file, line.toByteArray());
  }

  /** A further step is done. */
  void step(Step step) throws IOException {
    DurableFile.append(file, (step.name() + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** The plan is over. */
  void end() throws IOException {
    DurableFile.remove(file);
  }

  /**
   * What a former process left unfinished.
   *
   * @throws IOException the file cannot be read, or is not ours
   */
  Optional<Unfinished> read() throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException nothing) {
      return Optional.empty();
    }
    String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
    try {
      Plan plan = PlanJson.plan(PlanJson.read(lines[0].getBytes(StandardCharsets.UTF_8)));
      Step step = Step.PLANNED;
      for (int i = 1; i < lines.length - 1; i++) {
        String line = lines[i];
        Optional<Step> known =
            Arrays.stream(Step.values()).filter(each -> each.name().equals(line)).findFirst();
        if (known.isEmpty()) break;
        step = known.get();
      }
      return Optional.of(new Unfinished(plan, step));
    } catch (IllegalArgumentException broken) {
      throw new IOException(file + " is no journal: " + broken.getMessage(), broken);
    }
  }
}
