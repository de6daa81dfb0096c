package io.fairlead.app.mqtt;

import io.fairlead.core.file.StagedFile;
import io.fairlead.core.random.Randomness;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** What tells this gateway's broker from all others: a random word, kept beside its other state. */
public final class BrokerId {
  private static final String FILE = "mqtt.id";

  private BrokerId() {}

  /**
   * The id that is kept, or a new one. Where nothing can be kept it is new each time, and a message
   * that is under way through a ring of bridges then goes round once more.
   */
  public static String of(Path stateDir, Randomness randomness) {
    Path file = stateDir.resolve(FILE);
    try {
      if (Files.exists(file)) {
        String kept = Files.readString(file, StandardCharsets.US_ASCII).strip();
        if (kept.matches("[0-9a-f]{16}")) return kept;
      }
      String made = made(randomness);
      if (Files.isDirectory(stateDir)) {
        StagedFile.write(file, (made + "\n").getBytes(StandardCharsets.US_ASCII)).publish();
      }
      return made;
    } catch (IOException _) {
      return made(randomness);
    }
  }

  private static String made(Randomness randomness) {
    return HexFormat.of().formatHex(randomness.secureBytes(8));
  }
}
