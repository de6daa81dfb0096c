package io.fairlead.registry.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.target.Actual;
import io.fairlead.registry.target.Applied;
import io.fairlead.registry.target.Reloaded;
import io.fairlead.registry.target.Target;
import io.fairlead.registry.target.Verified;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * A manager in a process of its own, which hangs at a step so that it can be killed there. Its
 * target is a list in a file {@code target} and a process that only knows {@code obeyed}; each
 * signal is a line in {@code signals}.
 */
public final class ManagerProcess {
  private ManagerProcess() {}

  /** Arguments: a folder, the step to hang at or {@code none}, and the endpoints of the list. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    String hangAt = arguments[1];
    ReconcilerFixture fixture = new ReconcilerFixture(folder);
    fixture.list(java.util.Arrays.copyOfRange(arguments, 2, arguments.length));
    fixture.process(ReconcilerFixture.MIRROR, new OnDisk(folder, hangAt));
    System.out.println("STATE " + fixture.cycle().state().word());
  }

  private record OnDisk(Path folder, String hangAt) implements Target {
    @Override
    public String name() {
      return "fake";
    }

    @Override
    public String kind() {
      return "fake";
    }

    @Override
    public Actual actual() {
      try {
        Path file = folder.resolve("target");
        List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        return Actual.of(ReconcilerFixture.lines(lines.toArray(String[]::new)));
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    @Override
    public Applied apply(Plan plan) throws InterruptedException {
      hang("planned");
      write("target", String.join("\n", plan.result().stream().map(Item::text).toList()));
      return Applied.DONE;
    }

    @Override
    public Reloaded reload(Plan plan) throws InterruptedException {
      hang("written");
      try {
        Files.writeString(
            folder.resolve("signals"),
            "HUP\n",
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
        Files.copy(
            folder.resolve("target"),
            folder.resolve("obeyed"),
            java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
      return Reloaded.DONE;
    }

    @Override
    public Verified verify(Plan plan) throws InterruptedException {
      hang("reloaded");
      return Verified.GOOD;
    }

    @Override
    public void settled(List<Item> lastGood) {
      try {
        hang("verified");
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException(interrupted);
      }
    }

    private void write(String name, String text) {
      try {
        DurableFile.replace(folder.resolve(name), text.getBytes(UTF_8));
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    private void hang(String step) throws InterruptedException {
      if (!hangAt.equals(step)) return;
      System.out.println("AT " + step);
      new Semaphore(0).acquire();
    }
  }
}
