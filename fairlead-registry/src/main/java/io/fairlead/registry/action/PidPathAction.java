package io.fairlead.registry.action;

import io.fairlead.core.time.Pause;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code pid_path}: HUP to the process whose number stands in a file, read anew each time. A
 * process younger than the file is not the one that wrote it.
 */
final class PidPathAction implements ReloadAction {
  private static final int BYTES_MAX = 4096;
  private static final int LOOKS = 5;
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

  /** File times and start times are good to about a second each. */
  private static final Duration SLACK = Duration.ofSeconds(2);

  private static final Pattern NUMBER = Pattern.compile("\\s*(-?[0-9]{1,10})\\s*");
  private static final Pattern PID_MEMBER = Pattern.compile("\"pid\"\\s*:\\s*(-?[0-9]{1,10})");
  private static final Pattern START_MEMBER =
      Pattern.compile("\"start_time\"\\s*:\\s*([0-9]{1,18})");

  private final ReloadConfig.PidPath config;
  private final ProcessTable processes;
  private final Pause pause;

  PidPathAction(ReloadConfig.PidPath config, ProcessTable processes, Pause pause) {
    this.config = config;
    this.processes = processes;
    this.pause = pause;
  }

  @Override
  public String type() {
    return "pid_path";
  }

  /** What a pid file says. */
  private record Named(long pid, OptionalLong startTime, Instant written) {}

  /** The file says nothing usable. */
  private static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean mayComeYet;

    Unusable(String reason, boolean mayComeYet) {
      super(reason);
      this.mayComeYet = mayComeYet;
    }
  }

  @Override
  public ActionResult run(Occasion occasion) throws InterruptedException {
    Named named;
    for (int look = 1; ; look++) {
      try {
        named = read(config.file());
        break;
      } catch (Unusable unusable) {
        String reason = config.file() + ": " + unusable.getMessage();
        if (!unusable.mayComeYet) return new ActionResult.Refused(reason);
        if (look == LOOKS) return new ActionResult.Failed(reason);
      }
      pause.sleep(BETWEEN_LOOKS);
    }
    Named meant = named;
    return PidAction.signal(
        processes,
        pause,
        meant.pid(),
        config.allowInit(),
        found -> {
          if (meant.startTime().isPresent()
              && meant.startTime().getAsLong() != found.startTicks()) {
            return Optional.of("its start time is not the one in the file");
          }
          boolean younger =
              found.started().isPresent()
                  && found.started().get().isAfter(meant.written().plus(SLACK));
          if (younger) return Optional.of("started after the file was written: a reused number");
          return config.expect().objection(found);
        });
  }

  private static Named read(Path file) throws Unusable {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) throw new Unusable("not a regular file", false);
      if (attributes.size() > BYTES_MAX) throw new Unusable("larger than 4 KiB", false);
      if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_WRITE)) {
        throw new Unusable("anybody may write it", false);
      }
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      Instant written = attributes.lastModifiedTime().toInstant();
      Matcher number = NUMBER.matcher(text);
      if (number.matches()) {
        return new Named(Long.parseLong(number.group(1)), OptionalLong.empty(), written);
      }
      Matcher pid = PID_MEMBER.matcher(text);
      if (text.stripLeading().startsWith("{") && pid.find()) {
        Matcher start = START_MEMBER.matcher(text);
        OptionalLong startTime =
            start.find() ? OptionalLong.of(Long.parseLong(start.group(1))) : OptionalLong.empty();
        return new Named(Long.parseLong(pid.group(1)), startTime, written);
      }
      // Empty for the moment between its making and its writing.
      throw new Unusable(text.isBlank() ? "empty" : "no process number in it", text.isBlank());
    } catch (NoSuchFileException missing) {
      throw new Unusable("no such file", true);
    } catch (IOException failure) {
      throw new Unusable(failure.getClass().getSimpleName(), true);
    }
  }
}
