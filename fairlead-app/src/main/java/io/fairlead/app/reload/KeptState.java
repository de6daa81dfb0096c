package io.fairlead.app.reload;

import io.fairlead.core.file.StagedFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the configuration is made of besides its files, kept for the next start: the API's layer,
 * and text that runs in place of the files. The latter holds only for the files it was meant for:
 * when somebody edits them afterwards, they count again.
 *
 * <p>Written by the configuration controller only.
 */
public final class KeptState {
  private static final String NAME = "config.json";

  private final Path file;
  private final StateCodec codec;

  public KeptState(Path stateDir) {
    this.file = stateDir.resolve(NAME);
    this.codec = new StateCodec(new TextSeal(stateDir));
  }

  /** Where it is kept. */
  public Path file() {
    return file;
  }

  /**
   * What to start with.
   *
   * @param filesHash digest of the files as they are now
   * @throws IOException it cannot be understood; starting without could undo a restriction
   */
  public ConfigInputs read(String filesHash) throws IOException {
    StateCodec.Kept kept;
    try {
      kept = codec.kept(Files.readAllBytes(file));
    } catch (NoSuchFileException | NotDirectoryException none) {
      return ConfigInputs.OWN;
    }
    Base base = new Base.Own();
    if (kept.base().isPresent() && kept.insteadOf().equals(filesHash)) base = kept.base().get();
    return ConfigInputs.OWN.withBase(base).withApi(kept.api());
  }

  private Optional<StateCodec.Kept> remembered() {
    try {
      return Optional.of(codec.kept(Files.readAllBytes(file)));
    } catch (IOException noneOrTorn) {
      return Optional.empty();
    }
  }

  /**
   * Writes it down, without its name.
   *
   * @param filesHash digest of the files that {@code inputs} may stand in place of
   * @return empty when there is nothing to remember that is not remembered already
   * @throws IOException it cannot be written; nothing is left behind
   */
  Optional<StagedFile> stage(ConfigInputs inputs, String filesHash) throws IOException {
    ConfigInputs lasting = inputs.lasting();
    boolean plain = lasting.base() instanceof Base.Own && lasting.api().isEmpty();
    if (plain && !Files.exists(file)) return Optional.empty();
    byte[] next = codec.kept(lasting, filesHash);
    // Sealed twice it is not the same bytes, so what they mean is compared.
    if (remembered().equals(Optional.of(codec.kept(next)))) return Optional.empty();
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) History.createPrivate(folder);
    return Optional.of(StagedFile.write(file, next));
  }
}
