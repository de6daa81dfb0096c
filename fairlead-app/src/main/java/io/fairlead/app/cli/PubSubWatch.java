package io.fairlead.app.cli;

import io.fairlead.app.pubsub.EventAbi;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.tls.ClientTls;
import io.fairlead.pubsub.Address;
import io.fairlead.pubsub.Connector;
import io.fairlead.pubsub.ConnectorAuth;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.DeliveryLevel;
import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.EndpointUrl;
import io.fairlead.pubsub.Hash;
import io.fairlead.pubsub.HttpPollConnector;
import io.fairlead.pubsub.IpcConnector;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.LagPolicy;
import io.fairlead.pubsub.Log;
import io.fairlead.pubsub.LogEvent;
import io.fairlead.pubsub.LogFilter;
import io.fairlead.pubsub.LogOptions;
import io.fairlead.pubsub.MultiConnector;
import io.fairlead.pubsub.PubSub;
import io.fairlead.pubsub.PubSubBuilder;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.PubSubFrontend;
import io.fairlead.pubsub.RpcCall;
import io.fairlead.pubsub.ServiceEvent;
import io.fairlead.pubsub.ServiceSettings;
import io.fairlead.pubsub.SubscribeRequest;
import io.fairlead.pubsub.Subscription;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.WsConnector;
import io.fairlead.pubsub.chain.ChainMode;
import io.fairlead.pubsub.chain.JwtTokens;
import io.fairlead.pubsub.log.FileCursorStore;
import io.fairlead.pubsub.request.SubscribeMethods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Flow;

/** {@code pubsub}: talks to a node until told to end. One use. */
final class PubSubWatch {
  private static final Duration LOOK = Duration.ofMillis(250);

  private final Call call;
  private final Clock clock = Clock.system();
  private final String format;
  private final long startNanos;
  private final Optional<Duration> duration;
  private final long countMax;
  private final Optional<PubSubStats> stats;
  private EventAbi abi = EventAbi.NONE;
  private volatile long count; // one thread writes
  private volatile boolean readerGone;

  PubSubWatch(Call call) throws CommandFailure {
    this.call = call;
    this.startNanos = clock.nanos();
    this.duration = call.duration("--duration");
    this.countMax = number("--count").orElse(Long.MAX_VALUE);
    this.stats =
        call.flag("--stats")
            ? Optional.of(new PubSubStats(call.terminal(), clock, () -> count))
            : Optional.empty();
    this.format = call.value("--format").orElse("jsonl");
    if (!List.of("jsonl", "pretty", "raw").contains(format))
      throw CommandFailure.usage("--format: `" + format + "`", "jsonl, pretty or raw");
  }

  private Optional<Long> number(String option) throws CommandFailure {
    Optional<String> text = call.value(option);
    if (text.isPresent() && !text.get().matches("[0-9]{1,15}"))
      throw CommandFailure.usage(option + ": `" + text.get() + "`", "write a number");
    return text.map(Long::parseLong);
  }

  /** {@code pubsub call}. */
  int call() throws CommandFailure, InterruptedException {
    JsonSlice params = params();
    try (PubSubFrontend node = connect()) {
      JsonSlice result = node.call(RpcCall.of(call.word(0).orElse(""), params, Decoders.slice()));
      call.terminal().data(result.toString());
      return Exit.OK;
    } catch (PubSubException failure) {
      throw failed(failure);
    }
  }

  /** The others. */
  int follow(String what) throws CommandFailure, InterruptedException {
    try {
      return followed(what);
    } finally {
      stats.ifPresent(PubSubStats::end);
    }
  }

  private int followed(String what) throws CommandFailure, InterruptedException {
    if (what.equals("logs")) return logs(filter(), logOptions());
    if (call.word(0).orElse("").equals("-")) return piped();
    SubscribeRequest<?> request =
        switch (what) {
          case "newHeads" -> SubscribeRequest.newHeads();
          case "pending" -> SubscribeRequest.pendingTransactions();
          case "syncing" -> SubscribeRequest.syncing();
          default -> raw();
        };
    try (PubSubFrontend node = watched()) {
      items(node, request, what.equals("newHeads") ? "head" : "item");
      return Exit.OK;
    } catch (PubSubException failure) {
      throw failed(failure);
    }
  }

  /** {@code raw -}. */
  private int piped() throws CommandFailure, InterruptedException {
    try (PubSubFrontend node = watched()) {
      new PubSubPipe(node, call.terminal(), duration).run(System.in);
      return Exit.OK;
    } catch (PubSubException failure) {
      throw failed(failure);
    }
  }

  private int logs(LogFilter filter, LogOptions options)
      throws CommandFailure, InterruptedException {
    try (PubSubFrontend node = watched()) {
      logs(node, filter, options);
      return Exit.OK;
    } catch (PubSubException failure) {
      throw failed(failure);
    }
  }

  private PubSubFrontend watched() throws CommandFailure, InterruptedException {
    PubSubFrontend node = connect();
    if (call.flag("--status-events")) node.events().subscribe(new StatusLines());
    return node;
  }

  private SubscribeRequest<JsonSlice> raw() throws CommandFailure {
    String method = call.word(0).orElse("");
    String unsubscribe =
        call.value("--unsubscribe-method")
            .or(() -> SubscribeMethods.DEFAULT.unsubscribe(method))
            .orElseThrow(
                () ->
                    CommandFailure.usage(
                        method + " does not look like a subscribing method",
                        "name the method that ends it: --unsubscribe-method"));
    return new SubscribeRequest<>(
        method, unsubscribe, params(), Decoders.slice(), true, LagPolicy.SIGNAL);
  }

  private JsonSlice params() throws CommandFailure {
    JsonSlice params = JsonSlice.of(call.word(1).orElse("[]"));
    try {
      return Json.canonical(params);
    } catch (PubSubException.DecodeError bad) {
      throw CommandFailure.usage("PARAMS: no JSON", "e.g. '[\"latest\", false]'");
    }
  }

  // Items.

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes
  private void tally() {
    count++;
  }

  private boolean over() {
    return readerGone
        || count >= countMax
        || duration.isPresent() && clock.nanos() - startNanos >= duration.get().toNanos();
  }

  private void items(PubSubFrontend node, SubscribeRequest<?> request, String type)
      throws InterruptedException {
    try (Subscription<?> items = node.subscribe(request)) {
      String id = items.localId().toQuantity();
      while (!over()) {
        try {
          JsonSlice item = items.raw().recv(LOOK);
          tally();
          print(type, id, Map.of("origin", "live"), item);
        } catch (PubSubException.Lagged lagged) {
          print("lagged", id, Map.of("missed", lagged.missed()), JsonSlice.NULL);
        } catch (PubSubException.Timeout _) {
          continue; // looks whether it is over
        }
      }
    }
  }

  private LogOptions logOptions() throws CommandFailure {
    LogOptions options =
        LogOptions.DEFAULT
            .level(level())
            .confirmations(number("--confirmations").orElse(0L).intValue());
    Optional<Path> cursor = call.path("--cursor");
    if (cursor.isPresent()) options = options.cursor(new FileCursorStore(cursor.get()));
    Optional<Long> from = number("--from-block");
    return from.isPresent() ? options.fromBlock(from.get()) : options;
  }

  private void logs(PubSubFrontend node, LogFilter filter, LogOptions options)
      throws InterruptedException {
    try (Subscription<LogEvent> events = node.logs(filter, options)) {
      String id = events.localId().toQuantity();
      while (!over()) {
        try {
          LogEvent event = events.recv(LOOK);
          if (!(event instanceof LogEvent.Checkpoint)) tally();
          log(id, event);
        } catch (PubSubException.Lagged lagged) {
          print("lagged", id, Map.of("missed", lagged.missed()), JsonSlice.NULL);
        } catch (PubSubException.Timeout _) {
          continue; // looks whether it is over
        }
      }
    }
  }

  private void log(String id, LogEvent event) {
    switch (event) {
      case LogEvent.Added(Log log, LogEvent.Origin origin) -> {
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("seq", List.of(log.blockNumber(), log.logIndex(), 0));
        more.put("origin", origin.name().toLowerCase(Locale.ROOT));
        decoded(log, more);
        print("log", id, more, log.raw());
      }
      case LogEvent.Removed(Log log, LogEvent.Reason reason) -> {
        Map<String, Object> more = new LinkedHashMap<>();
        more.put("seq", List.of(log.blockNumber(), log.logIndex(), 1));
        more.put("reason", reason.name().toLowerCase(Locale.ROOT));
        decoded(log, more);
        print("removed", id, more, log.raw());
      }
      case LogEvent.Gap gap ->
          print(
              "gap",
              id,
              Map.of("from", gap.fromBlock(), "to", gap.toBlock(), "reason", gap.reason().name()),
              JsonSlice.NULL);
      case LogEvent.Checkpoint checkpoint ->
          print(
              "checkpoint",
              id,
              Map.of("number", checkpoint.upTo().number(), "hash", checkpoint.upTo().hash().hex()),
              JsonSlice.NULL);
    }
  }

  private void decoded(Log log, Map<String, Object> more) {
    abi.decode(log)
        .ifPresent(
            found -> {
              more.put("event", found.event());
              more.put("args", found.args());
            });
  }

  private DeliveryLevel level() throws CommandFailure {
    return switch (call.value("--level").orElse("resumed")) {
      case "raw" -> DeliveryLevel.RAW;
      case "resumed" -> DeliveryLevel.RESUMED;
      case "exact" -> DeliveryLevel.EXACT;
      default -> throw CommandFailure.usage("--level", "raw, resumed or exact");
    };
  }

  private LogFilter filter() throws CommandFailure {
    try {
      List<List<Hash>> topics = new ArrayList<>();
      for (int place = 0; place < 4; place++)
        topics.add(
            new ArrayList<>(call.values("--topic" + place).stream().map(Hash::new).toList()));
      abi = EventAbi.of(call.values("--event"));
      topics.getFirst().addAll(abi.topics());
      while (!topics.isEmpty() && topics.getLast().isEmpty()) topics.removeLast();
      return new LogFilter(call.values("--address").stream().map(Address::new).toList(), topics);
    } catch (IllegalArgumentException bad) {
      throw CommandFailure.usage(
          String.valueOf(bad.getMessage()),
          "addresses have 40 hex digits, topics 64; events are written"
              + " 'Transfer(address indexed from, address indexed to, uint256 value)'");
    }
  }

  private synchronized void print(
      String type, String id, Map<String, Object> more, JsonSlice data) {
    if (format.equals("raw")) {
      if (!data.isNull()) say(data.toString());
      return;
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("t", type);
    line.put("id", id);
    line.putAll(more);
    if (!data.isNull()) line.put("data", Json.tree(data));
    String text = Json.write(line).toString();
    say(format.equals("pretty") ? Json.tree(JsonSlice.of(text)).toPrettyString() : text);
  }

  /** Each line at once: whoever reads wants to know now. */
  private void say(String line) {
    call.terminal().data(line);
    if (call.terminal().out().checkError()) readerGone = true;
  }

  private final class StatusLines implements Flow.Subscriber<ServiceEvent> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ServiceEvent event) {
      String state = event.getClass().getSimpleName().toLowerCase(Locale.ROOT);
      String detail =
          event instanceof ServiceEvent.Disconnected lost ? lost.cause().toString() : "";
      print("status", "", Map.of("state", state, "detail", detail), JsonSlice.NULL);
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}
  }

  // Connecting.

  private PubSubFrontend connect() throws CommandFailure, InterruptedException {
    ServiceSettings settings = ServiceSettings.DEFAULT.heads(false);
    Optional<Duration> timeout = call.duration("--timeout");
    if (timeout.isPresent())
      settings = settings.timeouts(timeout.get(), timeout.get(), timeout.get());
    if (call.flag("--no-reconnect"))
      settings = settings.reconnect(settings.reconnect().maxAttempts(1));
    PubSubBuilder builder = PubSub.builder().name("cli").connector(connector()).settings(settings);
    if (stats.isPresent()) builder = builder.meters(stats.get().meters());
    PubSubFrontend node = builder.connect();
    stats.ifPresent(PubSubStats::start);
    // Interrupted, it says good-bye first.
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stats.ifPresent(PubSubStats::end);
                  node.close();
                }));
    return node;
  }

  private Connector connector() throws CommandFailure {
    List<String> urls = call.values("--rpc");
    if (urls.isEmpty())
      throw CommandFailure.usage("--rpc is missing", "e.g. --rpc ws://127.0.0.1:8545");
    if (urls.size() == 1) return connector(urls.getFirst());
    List<Endpoint> endpoints = new ArrayList<>();
    for (String url : urls)
      endpoints.add(
          Endpoint.of("rpc" + (endpoints.size() + 1), connector(url))
              .priority(endpoints.size() + 1));
    try {
      ChainMode mode = ChainMode.parse(call.value("--mode").orElse("failover"));
      return MultiConnector.of(endpoints, mode.over(endpoints.size()));
    } catch (IllegalArgumentException bad) {
      throw CommandFailure.usage(
          "--mode: " + bad.getMessage(), "failover, race:N or quorum:K of as many --rpc");
    }
  }

  private Connector connector(String url) throws CommandFailure {
    try {
      if (!url.contains("://")) return IpcConnector.of(call.workingDir().resolve(url));
      EndpointUrl where = EndpointUrl.parse(url);
      Optional<Path> ca = call.path("--ca");
      ClientTls tls = ClientTls.of(true, ca, Optional.empty(), "/ca");
      if (where.webSocket()) return WsConnector.of(where).auth(auth()).tls(tls);
      return HttpPollConnector.of(where).auth(auth()).tls(tls).kind(poll());
    } catch (IllegalArgumentException | ConfigException bad) {
      throw CommandFailure.usage("--rpc: " + bad.getMessage(), "e.g. ws://127.0.0.1:8545");
    }
  }

  private HttpPollConnector.Kind poll() throws CommandFailure {
    return switch (call.value("--poll").orElse("blocks")) {
      case "blocks" -> HttpPollConnector.Kind.BLOCKS;
      case "filters" -> HttpPollConnector.Kind.FILTERS;
      default -> throw CommandFailure.usage("--poll", "blocks or filters");
    };
  }

  private ConnectorAuth auth() throws CommandFailure {
    ConnectorAuth auth = ConnectorAuth.NONE;
    for (String header : call.values("--header")) {
      int colon = header.indexOf(':');
      if (colon < 1) throw CommandFailure.usage("--header: no colon", "NAME:VALUE");
      auth = auth.field(header.substring(0, colon), Secret.of(header.substring(colon + 1).trim()));
    }
    Optional<Path> jwt = call.path("--jwt-secret");
    if (jwt.isEmpty()) return auth;
    try {
      Secret key = Secret.of(Files.readString(jwt.get()).trim());
      JwtTokens tokens = new JwtTokens(clock);
      return auth.bearer(() -> tokens.sign(key));
    } catch (IOException unreadable) {
      throw new CommandFailure(
          Exit.NO_INPUT,
          "no_input",
          jwt.get() + ": cannot be read",
          "name a file with 64 hex digits");
    }
  }

  private static CommandFailure failed(PubSubException failure) {
    String text = String.valueOf(failure.getMessage());
    return switch (failure) {
      case PubSubException.RpcError _ -> new CommandFailure(Exit.RPC_ERROR, "rpc_error", text, "");
      case PubSubException.NonRetryable fatal when fatal.kind() == TerminalCause.Kind.WRONG_CHAIN ->
          new CommandFailure(Exit.PROTOCOL, "wrong_chain", text, "");
      case PubSubException.NonRetryable _ ->
          new CommandFailure(Exit.NOT_ALLOWED, "refused", text, "");
      case PubSubException.SubscriptionEnded ended
          when ended.reason() instanceof EndReason.GapGivenUp ->
          new CommandFailure(Exit.PREPARE_FAILED, "gap", text, "");
      case PubSubException.LocalUsage _ -> CommandFailure.usage(text, "");
      default -> new CommandFailure(Exit.UNAVAILABLE, "unavailable", text, "is the node running?");
    };
  }
}
