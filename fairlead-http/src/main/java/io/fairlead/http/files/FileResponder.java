package io.fairlead.http.files;

import io.fairlead.core.time.Clock;
import io.fairlead.http.route.FieldRules;
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
import java.util.List;
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
  private final MediaTypes types;
  private final Clock clock;

  public FileResponder(FilesConfig config, Clock clock) {
    this.config = config;
    this.tree = new FileTree(config);
    this.types = new MediaTypes(config.mime());
    this.clock = clock;
  }

  /**
   * Leads to exactly one answer.
   *
   * @param rules changes to the response's fields
   */
  public void respond(ServerExchange exchange, RequestFacts facts, FieldRules rules) {
    String method = exchange.head().method();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      refuse(
          exchange,
          facts,
          rules,
          Answer.error(405, "method_not_allowed", "files are read with GET or HEAD")
              .with("Allow", "GET, HEAD"));
      return;
    }
    switch (FilePath.decode(facts.path(), config.hide())) {
      case FilePath.Malformed _ ->
          refuse(exchange, facts, rules, Answer.error(400, "bad_path", "the path is malformed"));
      case FilePath.Hidden _ -> refuse(exchange, facts, rules, notFound());
      case FilePath.Names names -> new Request(exchange, facts, rules).open(names);
    }
  }

  private static void refuse(
      ServerExchange exchange, RequestFacts facts, FieldRules rules, Answer answer) {
    exchange.respond(rules.applyTo(answer, facts));
  }

  private static Answer notFound() {
    return Answer.error(404, "not_found", "no such file");
  }

  /** Strong validator of one representation: size and time of its last change. */
  static String etag(long size, Instant modified, Optional<Coding> coding) {
    long nanos =
        modified.getEpochSecond() * 1_000_000_000L + modified.getNano(); // wraps in 2262: still one
    String suffix = coding.map(c -> "-" + c.token()).orElse("");
    return '"' + Long.toHexString(size) + "-" + Long.toHexString(nanos) + suffix + '"';
  }

  /** One request while its file is being looked up. Event loop, except {@link #lookUp}. */
  private final class Request {
    private final ServerExchange exchange;
    private final RequestFacts facts;
    private final FieldRules rules;
    private boolean over;

    Request(ServerExchange exchange, RequestFacts facts, FieldRules rules) {
      this.exchange = exchange;
      this.facts = facts;
      this.rules = rules;
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

    private void answer(FileTree.@Nullable Found found) {
      if (over) {
        close(found);
        return;
      }
      switch (found) {
        case null ->
            refuse(exchange, facts, rules, Answer.error(500, "file_error", "cannot read the file"));
        case FileTree.Found.File file -> send(file);
        case FileTree.Found.Directory _ -> redirectToSlash();
        case FileTree.Found.Nothing _ -> refuse(exchange, facts, rules, notFound());
        case FileTree.Found.Unreadable _ ->
            refuse(exchange, facts, rules, Answer.error(403, "forbidden", "not readable"));
      }
    }

    private void redirectToSlash() {
      String query = facts.query().isEmpty() ? "" : "?" + facts.query();
      refuse(
          exchange, facts, rules, Answer.empty(308).with("Location", facts.path() + "/" + query));
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
      String etag = etag(file.size(), file.modified(), file.coding());
      // A file from the future is dated now (RFC 9110 §8.8.2.1).
      long lastModified = Math.min(file.modified().getEpochSecond(), now.getEpochSecond());
      Preconditions conditions = new Preconditions(etag, lastModified);
      List<FieldEdits.Field> out = validators(etag, lastModified);
      switch (conditions.evaluate(fields, now)) {
        case FAILED -> {
          refuse(
              exchange, facts, rules, Answer.error(412, "precondition_failed", "the file changed"));
          return false;
        }
        case NOT_MODIFIED -> {
          exchange.respond(304, edited(out), BodyLength.NONE);
          exchange.finish();
          return false;
        }
        case PROCEED -> {}
      }
      describe(file, out);
      ByteRange range = range(fields, conditions, file.size(), now);
      return switch (range) {
        case ByteRange.Whole _ -> transfer(200, out, file.channel(), 0, file.size());
        case ByteRange.Part(long first, long last) -> {
          out.add(
              new FieldEdits.Field(
                  "Content-Range", "bytes " + first + "-" + last + "/" + file.size()));
          yield transfer(206, out, file.channel(), first, last - first + 1);
        }
        case ByteRange.Unsatisfiable _ -> {
          refuse(
              exchange,
              facts,
              rules,
              Answer.error(416, "range_not_satisfiable", "the file is shorter than that")
                  .with("Content-Range", "bytes */" + file.size()));
          yield false;
        }
      };
    }

    private ByteRange range(Fields fields, Preconditions conditions, long size, Instant now) {
      if (!exchange.head().method().equals("GET")) return ByteRange.WHOLE;
      Optional<String> range = fields.first("range");
      return range.isPresent() && conditions.rangeApplies(fields, now)
          ? ByteRange.of(range.get(), size)
          : ByteRange.WHOLE;
    }

    private List<FieldEdits.Field> validators(String etag, long lastModified) {
      List<FieldEdits.Field> out = new ArrayList<>(10);
      out.add(new FieldEdits.Field("ETag", etag));
      out.add(new FieldEdits.Field("Last-Modified", HttpDate.format(lastModified)));
      if (!config.precompressed().isEmpty()) {
        out.add(new FieldEdits.Field("Vary", "Accept-Encoding"));
      }
      config
          .cacheControl()
          .ifPresent(value -> out.add(new FieldEdits.Field("Cache-Control", value)));
      return out;
    }

    private void describe(FileTree.Found.File file, List<FieldEdits.Field> out) {
      out.add(new FieldEdits.Field("Content-Type", types.of(file.name())));
      file.coding()
          .ifPresent(coding -> out.add(new FieldEdits.Field("Content-Encoding", coding.token())));
      out.add(new FieldEdits.Field("Accept-Ranges", "bytes"));
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
      rules.applyTo(fields, facts);
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
