package io.fairlead.registry.evm.graphql;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.source.CappedBody;
import io.fairlead.registry.source.EntryReader;
import io.fairlead.registry.source.ReadRequest;
import io.fairlead.registry.source.RegistrySource;
import io.fairlead.registry.source.SourceException;
import io.fairlead.registry.source.SourceException.Reason;
import io.fairlead.registry.source.Trees;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** A list that a GraphQL server gives, page by page. Thread-safe. */
final class GraphqlSource implements RegistrySource {
  static final int PAGES_MAX = 1_000;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final GraphqlSettings settings;
  private final Clock clock;
  private final HttpClient client;

  GraphqlSource(GraphqlSettings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
    this.client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(settings.rules().timeout())
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
  }

  @Override
  public String name() {
    return settings.rules().name();
  }

  @Override
  public CompletionStage<Snapshot> read(ReadRequest request) {
    CompletableFuture<Snapshot> result = new CompletableFuture<>();
    Deadline deadline = Deadline.in(clock, request.timeout());
    Thread.ofVirtual().name("registry-read-" + name()).start(() -> complete(deadline, result));
    return result;
  }

  private void complete(Deadline deadline, CompletableFuture<Snapshot> result) {
    try {
      result.complete(read(deadline));
    } catch (SourceException | RuntimeException failure) {
      result.completeExceptionally(failure);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      result.completeExceptionally(new SourceException(Reason.UNREACHABLE, "closed"));
    }
  }

  private Snapshot read(Deadline deadline) throws SourceException, InterruptedException {
    MessageDigest sha = Snapshot.sha256();
    List<@Nullable Object> list = new ArrayList<>();
    Set<String> cursors = new HashSet<>();
    Map<String, @Nullable Object> variables = variables();
    long bytes = 0;
    for (int page = 1; page <= PAGES_MAX; page++) {
      byte[] body = post(variables, Snapshot.BYTES_MAX - bytes, deadline);
      bytes += body.length;
      sha.update(body);
      Object tree = answer(body);
      list.addAll(elements(tree));
      if (list.size() > Snapshot.ENTRIES_MAX) {
        throw new SourceException(
            Reason.TOO_LARGE, "more than " + Snapshot.ENTRIES_MAX + " entries");
      }
      Optional<String> next = next(tree);
      if (next.isEmpty()) return snapshot(list, HexFormat.of().formatHex(sha.digest()));
      if (!cursors.add(next.get())) {
        throw new SourceException(Reason.MALFORMED, "the same page comes again and again");
      }
      variables.put(settings.cursor(), next.get());
    }
    throw new SourceException(Reason.TOO_LARGE, "more than " + PAGES_MAX + " pages");
  }

  private Map<String, @Nullable Object> variables() throws SourceException {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    Object tree = Trees.json(settings.variables().getBytes(StandardCharsets.UTF_8));
    if (tree instanceof Map<?, ?> given) {
      given.forEach((name, value) -> variables.put(String.valueOf(name), value));
    }
    return variables;
  }

  private byte[] post(Map<String, @Nullable Object> variables, long cap, Deadline deadline)
      throws SourceException, InterruptedException {
    Map<String, Object> question = new LinkedHashMap<>();
    question.put("query", settings.query());
    question.put("variables", variables);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(settings.url())
            .timeout(deadline.remaining().plusMillis(1))
            .header("Content-Type", "application/json")
            .header("Accept", "application/graphql-response+json, application/json;q=0.9")
            .POST(
                HttpRequest.BodyPublishers.ofByteArray(
                    JSON.writeValueAsBytes(JSON.valueToTree(question))));
    settings.headers().forEach((name, value) -> request.setHeader(name, value.reveal()));
    CompletableFuture<HttpResponse<byte[]>> exchange =
        client.sendAsync(request.build(), _ -> new CappedBody((int) Math.max(0, cap)));
    HttpResponse<byte[]> response;
    try {
      response = exchange.get(deadline.remaining().toMillis() + 1, TimeUnit.MILLISECONDS);
    } catch (ExecutionException failure) {
      throw failed(failure);
    } catch (TimeoutException late) {
      throw new SourceException(Reason.TIMEOUT, "no whole answer in time", late);
    } finally {
      exchange.cancel(true);
    }
    int status = response.statusCode();
    if (status >= 300 && status < 400) {
      throw new SourceException(Reason.REDIRECTED, "status " + status + "; not followed");
    }
    if (status >= 400) throw new SourceException(Reason.REFUSED, "status " + status);
    if (response.body().length == 0) {
      throw new SourceException(Reason.NOTHING, "an answer of zero bytes");
    }
    return response.body();
  }

  private static SourceException failed(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof SourceException)) {
      cause = cause.getCause();
    }
    if (cause instanceof SourceException typed) return typed;
    boolean late = cause instanceof HttpTimeoutException;
    String message = cause.getMessage();
    return new SourceException(
        late ? Reason.TIMEOUT : Reason.UNREACHABLE,
        late ? "no whole answer in time" : message == null ? cause.toString() : message,
        failure);
  }

  /** An answer with errors may have data as well; it is not whole. */
  private static Object answer(byte[] body) throws SourceException {
    Object tree = Trees.json(body);
    if (!(tree instanceof Map<?, ?> answer)) {
      throw new SourceException(Reason.MALFORMED, "no answer of a GraphQL server");
    }
    if (answer.get("errors") instanceof List<?> errors && !errors.isEmpty()) {
      String first =
          Trees.at(errors.getFirst(), "/message").map(String::valueOf).orElse("no message");
      throw new SourceException(
          Reason.REFUSED, first.length() > 200 ? first.substring(0, 200) + "…" : first);
    }
    return answer;
  }

  private List<@Nullable Object> elements(Object tree) throws SourceException {
    if (!(Trees.at(tree, settings.pointer()).orElse(null) instanceof List<?> elements)) {
      throw new SourceException(
          Reason.MALFORMED, "no list at " + settings.pointer() + " of the answer");
    }
    List<@Nullable Object> entries = new ArrayList<>(elements.size());
    for (Object each : elements) entries.add(entry(each));
    return entries;
  }

  private @Nullable Object entry(@Nullable Object element) {
    Object entry = Trees.at(element, settings.item()).orElse(null);
    if (settings.map().isEmpty() || entry == null) return entry;
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    settings
        .map()
        .forEach(
            (member, pointer) ->
                Trees.at(entry, pointer).ifPresent(value -> members.put(member, value)));
    return members;
  }

  private Optional<String> next(Object tree) throws SourceException {
    if (settings.pageInfo().isEmpty()) return Optional.empty();
    Object info = Trees.at(tree, settings.pageInfo().get()).orElse(null);
    if (!(info instanceof Map<?, ?> page) || !(page.get("hasNextPage") instanceof Boolean more)) {
      throw new SourceException(
          Reason.MALFORMED, "no hasNextPage at " + settings.pageInfo().get() + " of the answer");
    }
    if (!more) return Optional.empty();
    if (page.get("endCursor") instanceof String cursor) return Optional.of(cursor);
    throw new SourceException(Reason.MALFORMED, "a next page, and no endCursor");
  }

  private Snapshot snapshot(List<@Nullable Object> list, String sha256) throws SourceException {
    AddressParser addresses =
        AddressParser.ofStrangers(settings.allowPrivate()).withDefaultPort(settings.defaultPort());
    EntryReader reader = new EntryReader(addresses, false);
    reader.list(list);
    return new Snapshot(
        name(),
        new Position.Http(Optional.empty(), Optional.empty(), sha256),
        reader.entries(),
        reader.invalid(),
        reader.warnings(),
        clock.wall());
  }

  @Override
  public AutoCloseable onHint(Runnable hint) {
    return () -> {};
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
