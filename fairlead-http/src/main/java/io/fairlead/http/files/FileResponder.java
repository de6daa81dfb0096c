package io.fairlead.http.files;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.http.route.LocalPath;
import io.fairlead.http.route.QueryString;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.ServerExchange;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers GET and HEAD with files of one tree. Called on event loops; the file system is touched on
 * a virtual thread per request, of which there are never more than open connections.
 */
public final class FileResponder {
  private static final Logger log = LoggerFactory.getLogger(FileResponder.class);

  private final FilesConfig config;
  private final FileTree tree;
  private final Listings listings;
  private final MediaTypes types;
  private final Clock clock;
  private final Randomness random;
  private final List<Coding> madeCodings;
  private final String vary;

  public FileResponder(FilesConfig config, Clock clock, Randomness random) {
    this.config = config;
    this.random = random;
    this.madeCodings =
        config.compression().codings().stream().filter(FileResponder::available).toList();
    this.vary = vary(config);
    this.tree = new FileTree(config);
    this.listings = new Listings(tree);
    this.types = new MediaTypes(config.mime());
    this.clock = clock;
  }

  /** Leads to exactly one answer, or to one call of {@link FileRequest#missing}. */
  public void respond(FileRequest request) {
    String method = request.exchange().head().method();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      request.answer(
          Answer.error(405, "method_not_allowed", "files are read with GET or HEAD")
              .with("Allow", "GET, HEAD"));
      return;
    }
    switch (FilePath.decode(request.facts().path(), config.hide())) {
      case FilePath.Malformed _ ->
          request.answer(Answer.error(400, "bad_path", "the path is malformed"));
      case FilePath.Hidden _ -> {
        if (request.missing() == null) request.answer(notFound());
        else request.missing().run();
      }
      case FilePath.Names names -> new Request(request).open(names);
    }
  }

  private static boolean available(Coding coding) {
    if (coding.available()) return true;
    log.atWarn().addKeyValue("coding", coding.token()).log("no encoder on this machine, left out");
    return false;
  }

  private static String vary(FilesConfig config) {
    boolean byCoding =
        !config.precompressed().isEmpty() || !config.compression().codings().isEmpty();
    if (!config.cors().variesByOrigin()) return byCoding ? "Accept-Encoding" : "";
    return byCoding ? "Accept-Encoding, Origin" : "Origin";
  }

  private static Answer robots(FilesConfig.Robots robots) {
    return Answer.text(
        200,
        switch (robots) {
          case ALLOW -> "User-agent: *\nDisallow:\n";
          case DENY -> "User-agent: *\nDisallow: /\n";
        });
  }

  private static Answer notFound() {
    return Answer.error(404, "not_found", "no such file");
  }

  /**
   * Validator of one representation: size and time of the file's last change, and its coding.
   *
   * @param suffix tells what is made on the way from what lies in the tree
   */
  static String etag(long size, Instant modified, Optional<Coding> coding, String suffix) {
    long nanos =
        modified.getEpochSecond() * 1_000_000_000L + modified.getNano(); // wraps in 2262: still one
    String codingPart = coding.map(c -> "-" + c.token()).orElse("");
    return '"' + Long.toHexString(size) + "-" + Long.toHexString(nanos) + codingPart + suffix + '"';
  }

  /** One request while its file is looked up, on its event loop, except {@link #lookUp}. */
  private final class Request {
    private final FileRequest request;
    private final ServerExchange exchange;
    private final RequestFacts facts;
    private final List<String> accept;
    private volatile boolean over;

    Request(FileRequest request) {
      this.request = request;
      this.exchange = request.exchange();
      this.facts = request.facts();
      this.accept = exchange.head().fields().all("accept"); // the head is the loop's
    }

    void open(FilePath.Names names) {
      List<Coding> codings =
          Coding.acceptable(
              exchange.head().fields().all("accept-encoding"), config.precompressed());
      exchange.onEnd(() -> over = true);
      Thread.ofVirtual().name("http-files").start(() -> lookUp(names, codings));
    }

    private void lookUp(FilePath.Names names, List<Coding> codings) {
      FileTree.@Nullable Found found;
      try {
        found = tree.open(names, codings);
        if (found instanceof FileTree.Found.Nothing) found = instead(codings, found);
        if (found instanceof FileTree.Found.Listable directory) {
          found = listings.make(directory, form(), () -> over);
        }
      } catch (IOException | RuntimeException failure) {
        log.atDebug().addKeyValue("root", config.root()).setCause(failure).log("file not opened");
        found = null;
      }
      FileTree.@Nullable Found result = found;
      try {
        exchange.channel().eventLoop().execute(() -> answer(result));
      } catch (RejectedExecutionException stopping) {
        close(result);
      }
    }

    /** What the fallbacks lead to, when nothing lies at the path. */
    private FileTree.Found instead(List<Coding> codings, FileTree.Found nothing)
        throws IOException {
      for (String pattern : config.fallbacks().tries()) {
        FileTree.Found found = open(Fallbacks.fill(pattern, facts.path()), codings);
        if (found instanceof FileTree.Found.File) return found;
      }
      Optional<String> spa = config.fallbacks().spa();
      if (spa.isEmpty() || !wantsHtml()) return nothing;
      FileTree.Found page = open(spa.get(), codings);
      return page instanceof FileTree.Found.File ? page : nothing;
    }

    private FileTree.Found open(String path, List<Coding> codings) throws IOException {
      return FilePath.decode(path, config.hide()) instanceof FilePath.Names names
          ? tree.open(names, codings)
          : new FileTree.Found.Nothing();
    }

    private Listings.Form form() {
      boolean json =
          accept.stream()
              .anyMatch(value -> value.contains("application/json") && !value.contains("html"));
      return new Listings.Form(
          Objects.requireNonNullElse(QueryString.first(facts.query(), "sort"), "name"), json);
    }

    private boolean wantsHtml() {
      return accept.isEmpty() || accept.stream().anyMatch(value -> value.contains("text/html"));
    }

    private void answer(FileTree.@Nullable Found found) {
      if (over) {
        close(found);
        return;
      }
      switch (found) {
        case null -> request.answer(Answer.error(500, "file_error", "cannot read the file"));
        case FileTree.Found.File file -> send(file);
        case FileTree.Found.Directory _ -> redirectToSlash();
        case FileTree.Found.Listable _ ->
            throw new IllegalStateException("listed where it was found");
        case FileTree.Found.Listed listed -> list(listed);
        case FileTree.Found.Nothing _ -> nothingThere();
        case FileTree.Found.Unreadable _ ->
            request.answer(Answer.error(403, "forbidden", "not readable"));
      }
    }

    private void nothingThere() {
      Runnable missing = request.missing();
      if (missing != null) {
        missing.run();
        return;
      }
      Answer answer =
          facts.path().equals("/robots.txt")
              ? config.robots().map(FileResponder::robots).orElseGet(FileResponder::notFound)
              : notFound();
      request.answer(answer);
    }

    private void list(FileTree.Found.Listed found) {
      Answer answer =
          found.json()
              ? Answer.of(200, "application/json", found.page())
              : Answer.of(200, "text/html; charset=utf-8", found.page())
                  .with(
                      "Content-Security-Policy",
                      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
                          + " form-action 'none'");
      List<FieldEdits.Field> cors = new ArrayList<>(1);
      config.cors().allow(exchange.head().fields(), cors);
      for (FieldEdits.Field field : cors) answer = answer.with(field.name(), field.value());
      request.answer(
          answer
              .with("Vary", config.cors().variesByOrigin() ? "Accept, Origin" : "Accept")
              .with("Cache-Control", "no-cache")
              .with("X-Content-Type-Options", "nosniff"));
    }

    private void redirectToSlash() {
      String query = facts.query().isEmpty() ? "" : "?" + facts.query();
      request.answer(
          Answer.empty(308).with("Location", LocalPath.of(request.askedPath()) + "/" + query));
    }

    private void send(FileTree.Found.File file) {
      boolean handedOver = false;
      try {
        handedOver = sendOrRefuse(file);
      } finally {
        if (!handedOver) close(file);
      }
    }

    /** Returns whether the exchange owns the file now. */
    private boolean sendOrRefuse(FileTree.Found.File file) {
      Fields fields = exchange.head().fields();
      Instant now = clock.wall();
      String type = types.of(file.name());
      Optional<Coding> made = made(file, type);
      String etag =
          etag(
              file.size(), file.modified(), made.or(file::coding), made.isPresent() ? "-made" : "");
      // A file from the future is dated now (RFC 9110 §8.8.2.1).
      long lastModified = Math.min(file.modified().getEpochSecond(), now.getEpochSecond());
      Preconditions conditions = new Preconditions(etag, made.isPresent(), lastModified);
      List<FieldEdits.Field> out =
          validators(file.name(), made.isPresent() ? "W/" + etag : etag, lastModified);
      switch (conditions.evaluate(fields, now)) {
        case FAILED -> {
          request.answer(Answer.error(412, "precondition_failed", "the file changed"));
          return false;
        }
        case NOT_MODIFIED -> {
          exchange.respond(304, edited(out), BodyLength.NONE);
          exchange.finish();
          return false;
        }
        case PROCEED -> {}
      }
      describe(type, made.or(file::coding), made.isPresent(), out);
      if (made.isPresent()) return compress(file, made.get(), out);
      ByteRange range = range(fields, conditions, file.size(), now);
      return switch (range) {
        case ByteRange.Whole _ -> transfer(200, out, file.channel(), 0, file.size());
        case ByteRange.Part(long first, long last) -> {
          out.add(
              new FieldEdits.Field(
                  "Content-Range", "bytes " + first + "-" + last + "/" + file.size()));
          yield transfer(206, out, file.channel(), first, last - first + 1);
        }
        case ByteRange.Several(List<ByteRange.Part> parts) -> several(file, parts, type, out);
        case ByteRange.Unsatisfiable _ -> {
          request.answer(
              Answer.error(416, "range_not_satisfiable", "the file is shorter than that")
                  .with("Content-Range", "bytes */" + file.size()));
          yield false;
        }
      };
    }

    /** The coding to make on the way, when one is wanted. */
    private Optional<Coding> made(FileTree.Found.File file, String type) {
      if (file.coding().isPresent() || !config.compression().fits(type, file.size())) {
        return Optional.empty();
      }
      return Coding.acceptable(exchange.head().fields().all("accept-encoding"), madeCodings)
          .stream()
          .findFirst();
    }

    private boolean compress(FileTree.Found.File file, Coding coding, List<FieldEdits.Field> out) {
      exchange.respond(200, edited(out), BodyLength.CHUNKED);
      if (exchange.head().method().equals("HEAD")) {
        exchange.finish();
        return false;
      }
      BodyPump.start(exchange, new Compressed(file.channel(), coding));
      return true;
    }

    private boolean several(
        FileTree.Found.File file,
        List<ByteRange.Part> parts,
        String type,
        List<FieldEdits.Field> out) {
      String boundary = HexFormat.of().formatHex(random.secureBytes(16));
      Ranges ranges = new Ranges(file.channel(), parts, type, file.size(), boundary);
      out.removeIf(field -> field.name().equals("Content-Type"));
      out.add(new FieldEdits.Field("Content-Type", "multipart/byteranges; boundary=" + boundary));
      exchange.respond(206, edited(out), new BodyLength.Fixed(ranges.length()));
      BodyPump.start(exchange, ranges);
      return true;
    }

    private ByteRange range(Fields fields, Preconditions conditions, long size, Instant now) {
      if (!exchange.head().method().equals("GET")) return ByteRange.WHOLE;
      Optional<String> range = fields.first("range");
      return range.isPresent() && conditions.rangeApplies(fields, now)
          ? ByteRange.of(range.get(), size)
          : ByteRange.WHOLE;
    }

    private List<FieldEdits.Field> validators(String name, String etag, long lastModified) {
      List<FieldEdits.Field> out = new ArrayList<>(10);
      out.add(new FieldEdits.Field("ETag", etag));
      out.add(new FieldEdits.Field("Last-Modified", HttpDate.format(lastModified)));
      if (!vary.isEmpty()) out.add(new FieldEdits.Field("Vary", vary));
      config
          .cache()
          .of(name)
          .ifPresent(value -> out.add(new FieldEdits.Field("Cache-Control", value)));
      config.cors().allow(exchange.head().fields(), out);
      return out;
    }

    private static void describe(
        String type, Optional<Coding> coding, boolean made, List<FieldEdits.Field> out) {
      out.add(new FieldEdits.Field("Content-Type", type));
      coding.ifPresent(
          present -> out.add(new FieldEdits.Field("Content-Encoding", present.token())));
      if (!made) out.add(new FieldEdits.Field("Accept-Ranges", "bytes"));
      out.add(new FieldEdits.Field("X-Content-Type-Options", "nosniff"));
    }

    private boolean transfer(
        int status, List<FieldEdits.Field> out, FileChannel file, long offset, long length) {
      exchange.respond(status, edited(out), new BodyLength.Fixed(length));
      if (exchange.head().method().equals("HEAD") || length == 0) {
        exchange.finish();
        return false;
      }
      exchange.sendFile(file, offset, length);
      return true;
    }

    private FieldEdits edited(List<FieldEdits.Field> fields) {
      request.rules().applyTo(fields, facts);
      FieldEdits edits = new FieldEdits();
      for (FieldEdits.Field field : fields) edits.add(field.name(), field.value());
      return edits;
    }

    private void close(FileTree.@Nullable Found found) {
      if (!(found instanceof FileTree.Found.File file)) return;
      try {
        file.channel().close();
      } catch (IOException failure) {
        log.atDebug().setCause(failure).log("file not closed");
      }
    }
  }
}
