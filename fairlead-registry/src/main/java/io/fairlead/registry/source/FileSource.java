package io.fairlead.registry.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.core.time.Clock;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.source.SourceException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A list in a local file: JSON or YAML by its name, else one endpoint a line with {@code #}
 * comments. Thread-safe.
 *
 * <p>A file that changes while it is read, or changed within the last {@value #SETTLE_MILLIS} ms,
 * is read again after that time: a writer may be half way, and half a list looks like a list. A
 * file of zero bytes is a failure; a list that is meant to be empty says so: {@code []}, or a line
 * {@code # empty}.
 */
final class FileSource implements RegistrySource {
  static final int SETTLE_MILLIS = 100;
  private static final int TRIES = 20;

  private record Stamp(long size, FileTime modified, @Nullable Object key) {}

  private final FileSettings settings;
  private final Clock clock;
  private final Executor threads = Executors.newVirtualThreadPerTaskExecutor();

  FileSource(FileSettings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
  }

  @Override
  public String name() {
    return settings.rules().name();
  }

  @Override
  public CompletionStage<Snapshot> read(ReadRequest request) {
    CompletableFuture<Snapshot> result = new CompletableFuture<>();
    threads.execute(() -> attempt(request, result, 1, null));
    return result.orTimeout(request.timeout().toMillis(), TimeUnit.MILLISECONDS);
  }

  private void attempt(
      ReadRequest request,
      CompletableFuture<Snapshot> result,
      int attempt,
      @Nullable Stamp seenBefore) {
    if (result.isDone()) return;
    try {
      Stamp before = stamp();
      boolean young = age(before).compareTo(Duration.ofMillis(SETTLE_MILLIS)) < 0;
      boolean settled = !young || before.equals(seenBefore);
      if (settled) {
        byte[] bytes = bytes();
        if (before.equals(stamp())) {
          result.complete(snapshot(bytes, before, request));
          return;
        }
      }
      if (attempt == TRIES) {
        throw new SourceException(Reason.MALFORMED, "the file does not stop changing");
      }
      CompletableFuture.delayedExecutor(SETTLE_MILLIS, TimeUnit.MILLISECONDS, threads)
          .execute(() -> attempt(request, result, attempt + 1, before));
    } catch (SourceException failure) {
      result.completeExceptionally(failure);
    } catch (NoSuchFileException missing) {
      result.completeExceptionally(
          new SourceException(
              Reason.UNREACHABLE, "no such file: " + missing.getMessage(), missing));
    } catch (IOException | RuntimeException failure) {
      result.completeExceptionally(
          new SourceException(Reason.UNREACHABLE, failure.toString(), failure));
    }
  }

  private Duration age(Stamp stamp) {
    Duration age = Duration.between(stamp.modified().toInstant(), clock.wall());
    // A time in the future says nothing about how old the file is.
    return age.isNegative() ? Duration.ZERO : age;
  }

  private Stamp stamp() throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(settings.path(), BasicFileAttributes.class);
    return new Stamp(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
  }

  private byte[] bytes() throws IOException, SourceException {
    try (InputStream in = Files.newInputStream(settings.path())) {
      byte[] bytes = in.readNBytes(Snapshot.BYTES_MAX + 1);
      if (bytes.length > Snapshot.BYTES_MAX) {
        throw new SourceException(Reason.TOO_LARGE, "more than " + Snapshot.BYTES_MAX + " bytes");
      }
      return bytes;
    }
  }

  private Snapshot snapshot(byte[] bytes, Stamp stamp, ReadRequest request) throws SourceException {
    if (bytes.length == 0) throw new SourceException(Reason.NOTHING, "the file has zero bytes");
    Position position =
        new Position.File(stamp.size(), stamp.modified().toInstant(), Snapshot.sha256(bytes));
    Optional<Snapshot> last = request.last();
    boolean unchanged =
        last.isPresent()
            && last.get().position() instanceof Position.File file
            && file.sha256().equals(((Position.File) position).sha256());
    if (unchanged) return last.get().seenAgain(position, clock.wall());
    EntryReader reader = reader();
    String name = String.valueOf(settings.path().getFileName()).toLowerCase(Locale.ROOT);
    if (name.endsWith(".json")) reader.list(Trees.json(bytes));
    else if (name.endsWith(".yaml") || name.endsWith(".yml")) reader.list(Trees.yaml(text(bytes)));
    else lines(text(bytes), reader);
    return new Snapshot(
        name(), position, reader.entries(), reader.invalid(), reader.warnings(), clock.wall());
  }

  private EntryReader reader() {
    OptionalInt port = settings.defaultPort();
    return new EntryReader(AddressParser.ofOperator().withDefaultPort(port), true);
  }

  private static String text(byte[] bytes) throws SourceException {
    try {
      return UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException notText) {
      throw new SourceException(Reason.MALFORMED, "not UTF-8", notText);
    }
  }

  private static void lines(String text, EntryReader reader) throws SourceException {
    boolean saidEmpty = false;
    int index = 0;
    for (String line : text.lines().toList()) {
      String trimmed = line.strip();
      if (trimmed.startsWith("#")) {
        saidEmpty |= trimmed.substring(1).strip().equals("empty");
        continue;
      }
      int comment = trimmed.indexOf(" #");
      String item = comment < 0 ? trimmed : trimmed.substring(0, comment).strip();
      if (item.isEmpty()) continue;
      if (index == Snapshot.ENTRIES_MAX) {
        throw new SourceException(
            Reason.TOO_LARGE, "more than " + Snapshot.ENTRIES_MAX + " entries");
      }
      reader.item(item, index++);
    }
    if (index == 0 && !saidEmpty) {
      throw new SourceException(
          Reason.NOTHING, "no entry; a list that is meant to be empty has a line `# empty`");
    }
  }

  @Override
  public AutoCloseable onHint(Runnable hint) {
    return FolderWatch.start(settings.path(), hint);
  }

  @Override
  public void close() {}
}
