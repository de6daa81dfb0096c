package io.fairlead.registry.manage;

import io.fairlead.registry.reconcile.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * What a loop holds, and what its operator says of it: two small files in the loop's own folder,
 * which nobody else may write. The loop has no other way to be spoken to.
 */
public final class HeldPlan {
  private static final int BYTES_MAX = 4096;

  /** What may be said of a held plan. */
  public enum Decision {
    /** Let it go on. */
    APPROVE,
    /** Hold it without further word. */
    REJECT;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** One plan, and what is said of it or why it is held. */
  public record Note(String planId, String text) {}

  private final Path held;
  private final Path said;

  /**
   * @param stateDir the loop's folder
   */
  public HeldPlan(Path stateDir) {
    this.held = stateDir.resolve("held");
    this.said = stateDir.resolve("said");
  }

  /** What the loop holds now; empty when it holds nothing. */
  public Optional<Note> now() throws IOException {
    return note(held);
  }

  /** Says something of a plan; the loop takes it at its next pass. */
  public void say(String planId, Decision decision) throws IOException {
    write(said, new Note(planId, decision.word()));
  }

  /** By the loop: what it holds from now on. */
  void hold(Optional<Note> plan) throws IOException {
    if (plan.isEmpty()) Files.deleteIfExists(held);
    else if (!now().equals(plan)) write(held, plan.get());
  }

  /** By the loop: what was said of a plan, once. */
  Optional<Decision> take(String planId) throws IOException {
    Optional<Note> note = note(said);
    Files.deleteIfExists(said);
    if (note.isEmpty() || !note.get().planId().equals(planId)) return Optional.empty();
    for (Decision each : Decision.values()) {
      if (each.word().equals(note.get().text())) return Optional.of(each);
    }
    return Optional.empty();
  }

  private static void write(Path file, Note note) throws IOException {
    String text = note.planId() + " " + note.text().lines().findFirst().orElse("") + "\n";
    DurableFile.replace(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<Note> note(Path file) throws IOException {
    try {
      if (Files.size(file) > BYTES_MAX) return Optional.empty();
      String text = Files.readString(file).strip();
      int space = text.indexOf(' ');
      return space < 1
          ? Optional.empty()
          : Optional.of(new Note(text.substring(0, space), text.substring(space + 1)));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
  }
}
