package io.fairlead.core.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** {@link Environment} over real files and a fixed set of variables. Immutable. */
final class ProcessEnvironment implements Environment {
  private static final int DEPTH_MAX = 8;

  private final Map<String, String> variables;

  ProcessEnvironment(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  @Override
  public Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name));
  }

  @Override
  public Content read(Path file, int maxBytes) throws IOException {
    if (!Files.exists(file)) throw new NoSuchFileException("no such file");
    if (!Files.isRegularFile(file)) throw new IOException("not a regular file");
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(maxBytes + 1);
    }
    if (bytes.length > maxBytes) throw new IOException("larger than " + maxBytes + " bytes");
    String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    return new Content(text, open(file));
  }

  private static boolean open(Path file) throws IOException {
    if (!Files.getFileStore(file).supportsFileAttributeView("posix")) return false;
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
    return permissions.contains(PosixFilePermission.GROUP_READ)
        || permissions.contains(PosixFilePermission.OTHERS_READ);
  }

  @Override
  public Optional<Path> credentialsDir() {
    return variable("CREDENTIALS_DIRECTORY").map(Path::of);
  }

  @Override
  public List<Path> matching(Path baseDir, String pattern) throws IOException {
    FilePattern wanted = FilePattern.of(baseDir, pattern);
    if (wanted.rest().isEmpty()) return List.of(wanted.start());
    if (!Files.isDirectory(wanted.start())) return List.of();
    try (Stream<Path> files = Files.walk(wanted.start(), DEPTH_MAX)) {
      return files
          .filter(file -> wanted.matches(file) && Files.isRegularFile(file))
          .sorted()
          .toList();
    }
  }
}
