package io.fairlead.registry.source;

import io.fairlead.core.time.Clock;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.source.SourceException.Reason;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A JSON list on one or several HTTP servers. A server's answer is believed only if it is a whole
 * list, not older than what was accepted before, and signed where that is asked for. Thread-safe.
 *
 * <p>Unchanged lists cost a 304 (RFC 9110 §13.1.2), but every {@value #WHOLE_EVERY}th read asks for
 * the whole list, so that a server that says 304 for ever is found out.
 */
final class HttpSource implements RegistrySource {
  static final int WHOLE_EVERY = 12;

  /** What one server said. */
  private record Answer(Snapshot snapshot, Optional<Long> sequence) {}

  private final HttpSettings settings;
  private final Clock clock;
  private final AtomicInteger reads = new AtomicInteger();
  private final HttpClient client;

  HttpSource(HttpSettings settings, Clock clock) {
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
    boolean single = settings.urls().size() == 1;
    boolean whole = reads.getAndIncrement() % WHOLE_EVERY == 0;
    Optional<Snapshot> known = single && !whole ? request.last() : Optional.empty();
    List<CompletableFuture<Answer>> asked = new ArrayList<>();
    for (URI url : settings.urls()) asked.add(ask(url, known, request.timeout()));
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .handle((_, _) -> asked)
        .thenApply(answers -> choose(answers, request));
  }

  private CompletableFuture<Answer> ask(URI url, Optional<Snapshot> known, Duration timeout) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url).timeout(timeout).header("Accept", "application/json").GET();
    settings.headers().forEach((name, value) -> request.setHeader(name, value.reveal()));
    known
        .map(Snapshot::position)
        .map(position -> position instanceof Position.Http http ? http : null)
        .flatMap(Position.Http::etag)
        .ifPresent(tag -> request.setHeader("If-None-Match", tag));
    CompletableFuture<HttpResponse<byte[]>> exchange =
        client.sendAsync(request.build(), _ -> new CappedBody(Snapshot.BYTES_MAX));
    CompletableFuture<HttpResponse<byte[]>> bounded =
        exchange.copy().orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
    return bounded
        .whenComplete(
            (_, failure) -> {
              if (failure != null) exchange.cancel(true);
            })
        .handle(
            (response, failure) -> {
              try {
                if (failure != null) throw failed(failure);
                return understood(response, known);
              } catch (SourceException refused) {
                throw new CompletionException(refused);
              }
            });
  }

  private static SourceException failed(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof SourceException)) {
      cause = cause.getCause();
    }
    if (cause instanceof SourceException typed) return typed;
    boolean late =
        cause instanceof TimeoutException || cause instanceof java.net.http.HttpTimeoutException;
    String message = cause.getMessage();
    return new SourceException(
        late ? Reason.TIMEOUT : Reason.UNREACHABLE,
        late ? "no whole answer in time" : message == null ? cause.toString() : message,
        failure);
  }

  private Answer understood(HttpResponse<byte[]> response, Optional<Snapshot> known)
      throws SourceException {
    int status = response.statusCode();
    if (status == 304) {
      if (known.isEmpty()) {
        throw new SourceException(Reason.MALFORMED, "304 although the whole list was asked for");
      }
      Snapshot same = known.get().seenAgain(known.get().position(), clock.wall());
      return new Answer(same, sequence(same.position()));
    }
    if (status >= 300 && status < 400) {
      throw new SourceException(Reason.REDIRECTED, "status " + status + "; not followed");
    }
    if (status != 200) throw new SourceException(Reason.REFUSED, "status " + status);
    byte[] body = response.body();
    verify(response, body);
    if (body.length == 0) throw new SourceException(Reason.NOTHING, "an answer of zero bytes");
    Object tree = Trees.json(body);
    Optional<Long> sequence = sequence(tree);
    Optional<Object> list = Trees.at(tree, settings.pointer());
    if (list.isEmpty()) {
      throw new SourceException(
          Reason.MALFORMED, "nothing at " + settings.pointer() + " of the answer");
    }
    AddressParser addresses =
        AddressParser.ofStrangers(settings.allowPrivate()).withDefaultPort(settings.defaultPort());
    EntryReader reader = new EntryReader(addresses, false);
    reader.list(list.get());
    Position position =
        new Position.Http(response.headers().firstValue("etag"), sequence, Snapshot.sha256(body));
    return new Answer(
        new Snapshot(
            name(), position, reader.entries(), reader.invalid(), reader.warnings(), clock.wall()),
        sequence);
  }

  private static Optional<Long> sequence(Position position) {
    return position instanceof Position.Http http ? http.sequence() : Optional.empty();
  }

  private Optional<Long> sequence(@Nullable Object tree) throws SourceException {
    if (settings.sequence().isEmpty()) return Optional.empty();
    Optional<Object> number = Trees.at(tree, settings.sequence().get());
    if (number.isPresent() && number.get() instanceof Long value) return Optional.of(value);
    throw new SourceException(Reason.MALFORMED, "no whole number at " + settings.sequence().get());
  }

  private void verify(HttpResponse<byte[]> response, byte[] body) throws SourceException {
    if (settings.signature().isEmpty()) return;
    HttpSettings.Signature wanted = settings.signature().get();
    String field =
        response
            .headers()
            .firstValue(wanted.header())
            .orElseThrow(
                () -> new SourceException(Reason.SIGNATURE, "no field " + wanted.header()));
    try {
      PublicKey key =
          KeyFactory.getInstance("Ed25519")
              .generatePublic(new X509EncodedKeySpec(wanted.key().subjectPublicKeyInfo()));
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(body);
      byte[] signature = Base64.getDecoder().decode(field.strip());
      if (signature.length == 64 && verifier.verify(signature)) return;
    } catch (GeneralSecurityException | IllegalArgumentException bad) {
      throw new SourceException(Reason.SIGNATURE, "the signature cannot be read", bad);
    }
    throw new SourceException(Reason.SIGNATURE, "the signature does not fit");
  }

  private Snapshot choose(List<CompletableFuture<Answer>> answers, ReadRequest request) {
    List<Answer> good = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    SourceException first = null;
    for (int i = 0; i < answers.size(); i++) {
      try {
        good.add(notOlder(answers.get(i).join(), request));
      } catch (CompletionException failure) {
        SourceException typed = failed(failure);
        if (first == null) first = typed;
        failures.add(settings.urls().get(i).getHost() + ": " + typed.getMessage());
      } catch (SourceException older) {
        if (first == null) first = older;
        failures.add(settings.urls().get(i).getHost() + ": " + older.getMessage());
      }
    }
    if (good.isEmpty()) {
      SourceException cause =
          first == null ? new SourceException(Reason.UNREACHABLE, "no server") : first;
      throw new CompletionException(
          answers.size() == 1
              ? cause
              : new SourceException(cause.reason(), String.join("; ", failures), cause));
    }
    return settings.quorum() > 1 ? agreed(good, failures) : picked(good).snapshot();
  }

  private Answer notOlder(Answer answer, ReadRequest request) throws SourceException {
    Optional<Long> before = request.lastPosition().flatMap(HttpSource::sequence);
    if (answer.sequence().isPresent()
        && before.isPresent()
        && answer.sequence().get() < before.get()) {
      throw new SourceException(
          Reason.OLDER,
          "sequence " + answer.sequence().get() + ", " + before.get() + " was seen before");
    }
    return answer;
  }

  private Answer picked(List<Answer> good) {
    if (settings.pick() == HttpSettings.Pick.FIRST) return good.getFirst();
    Answer best = good.getFirst();
    for (Answer answer : good) {
      if (answer.sequence().orElse(-1L) > best.sequence().orElse(-1L)) best = answer;
    }
    return best;
  }

  private Snapshot agreed(List<Answer> good, List<String> failures) {
    Map<String, List<Answer>> byContent = new HashMap<>();
    for (Answer answer : good) {
      byContent
          .computeIfAbsent(answer.snapshot().contentDigest(), _ -> new ArrayList<>())
          .add(answer);
    }
    List<Answer> most =
        byContent.values().stream()
            .max((a, b) -> Integer.compare(a.size(), b.size()))
            .orElseThrow();
    if (most.size() < settings.quorum()) {
      String why =
          most.size()
              + " of "
              + settings.urls().size()
              + " servers agree, "
              + settings.quorum()
              + " must";
      throw new CompletionException(
          new SourceException(
              Reason.DISAGREE,
              failures.isEmpty() ? why : why + "; " + String.join("; ", failures)));
    }
    return picked(most).snapshot();
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
