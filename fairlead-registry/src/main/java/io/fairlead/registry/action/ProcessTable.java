package io.fairlead.registry.action;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * Looks at processes and sends them HUP.
 *
 * <p>On Linux a process is held by a file descriptor (pidfd) while it is looked at, and the signal
 * goes through that descriptor: should the number pass to another process in between, the signal
 * reaches nobody. Elsewhere the {@code kill} program sends it, directly after the look.
 *
 * <p>Stateless; any thread.
 */
public final class ProcessTable {
  private final Optional<PidDescriptors> descriptors;

  private ProcessTable(Optional<PidDescriptors> descriptors) {
    this.descriptors = descriptors;
  }

  /** The machine's processes. */
  public static ProcessTable system() {
    return new ProcessTable(PidDescriptors.find());
  }

  /** The same by the {@code kill} program alone. */
  static ProcessTable withoutDescriptors() {
    return new ProcessTable(Optional.empty());
  }

  /** Decides, from a fresh look, whether this is the process that is meant. */
  @FunctionalInterface
  interface Recogniser {
    /** Empty when it is, else why not. */
    Optional<String> objection(ProcessIdentity found);
  }

  /** A process, or empty when there is none with that number. */
  Optional<ProcessIdentity> look(long pid) {
    Optional<ProcessHandle> handle = pid > 0 ? ProcessHandle.of(pid) : Optional.empty();
    if (handle.isEmpty()) return Optional.empty();
    ProcessHandle.Info info = handle.get().info();
    Path proc = Path.of("/proc", Long.toString(pid));
    try {
      if (Files.isReadable(proc.resolve("stat"))) {
        String stat = Files.readString(proc.resolve("stat"), StandardCharsets.ISO_8859_1);
        // The name in brackets may hold anything, brackets and blanks included.
        String[] behindName = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        boolean zombie = behindName[0].equals("Z") || behindName[0].equals("X");
        if (zombie) return Optional.empty();
        String command =
            Files.readString(proc.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                .replace('\0', ' ')
                .strip();
        return Optional.of(
            new ProcessIdentity(
                pid, Long.parseLong(behindName[19]), info.startInstant(), command, user(proc)));
      }
    } catch (IOException | RuntimeException goneMeanwhile) {
      return Optional.empty();
    }
    return Optional.of(
        new ProcessIdentity(
            pid,
            info.startInstant().map(Instant::toEpochMilli).orElse(0L),
            info.startInstant(),
            info.commandLine().or(info::command).orElse(""),
            info.user().orElse("")));
  }

  private static String user(Path proc) throws IOException {
    Object uid = Files.getAttribute(proc, "unix:uid");
    String name = Files.getOwner(proc).getName();
    return name.isEmpty() ? String.valueOf(uid) : name;
  }

  /**
   * Sends HUP to the process if {@code recogniser} has no objection.
   *
   * @return done, or why nobody got a signal
   */
  ActionResult hangUp(long pid, Recogniser recogniser) throws InterruptedException {
    return descriptors.isPresent()
        ? descriptors.get().hangUp(pid, () -> judged(pid, recogniser))
        : judged(pid, recogniser).orElseGet(() -> byProgram(pid));
  }

  private Optional<ActionResult> judged(long pid, Recogniser recogniser) {
    Optional<ProcessIdentity> found = look(pid);
    if (found.isEmpty()) return Optional.of(gone(pid));
    return recogniser
        .objection(found.get())
        .map(objection -> new ActionResult.Refused("process " + pid + ": " + objection));
  }

  static ActionResult gone(long pid) {
    return new ActionResult.Failed("no process " + pid);
  }

  private static ActionResult byProgram(long pid) {
    try {
      Process kill =
          new ProcessBuilder("kill", "-HUP", Long.toString(pid)).redirectErrorStream(true).start();
      try (var output = kill.getInputStream()) {
        byte[] said = output.readNBytes(1024);
        int exit = kill.waitFor();
        if (exit == 0) return new ActionResult.Done("");
        return new ActionResult.Failed(
            "kill ended with " + exit + ": " + new String(said, StandardCharsets.UTF_8).strip());
      }
    } catch (IOException failure) {
      return new ActionResult.Failed("kill: " + failure.getMessage());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return new ActionResult.Failed("interrupted");
    }
  }
}
