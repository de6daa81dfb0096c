package io.fairlead.pubsub.service;

import io.fairlead.core.time.Clock;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.codec.EnvelopeScanner;
import io.fairlead.pubsub.codec.ServerIdKey;
import io.fairlead.pubsub.request.Request;
import io.fairlead.pubsub.request.RpcErrors;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings each message to its request or subscription. Nothing a server sends does worse than being
 * counted; three messages within a minute that are no JSON end the connection. On the event loop.
 */
final class Router {
  private static final Logger log = LoggerFactory.getLogger(Router.class);
  private static final int BROKEN_MAX = 3;
  private static final long BROKEN_NANOS = Duration.ofSeconds(60).toNanos();
  private static final long SAY_NANOS = Duration.ofSeconds(10).toNanos();
  private static final int ELEMENTS_MAX = 100_000;
  private static final int BAD_DATA = 1007;
  private static final long PARSE_ERROR = -32_700;
  private static final long INVALID_REQUEST = -32_600;

  private final Calls calls;
  private final Subscriptions subscriptions;
  private final Clock clock;
  private final ServiceMeters meters;
  private final Consumer<TerminalCause> end;
  private final EnvelopeScanner scanner = new EnvelopeScanner();
  private final ServerIdKey probe = new ServerIdKey();
  private final ArrayDeque<Long> broken = new ArrayDeque<>();
  private long saidNanos;
  private boolean said;

  /**
   * @param end ends the connection
   */
  Router(
      Calls calls,
      Subscriptions subscriptions,
      Clock clock,
      ServiceMeters meters,
      Consumer<TerminalCause> end) {
    this.calls = calls;
    this.subscriptions = subscriptions;
    this.clock = clock;
    this.meters = meters;
    this.end = end;
  }

  /** A new connection. */
  void reset() {
    broken.clear();
  }

  /**
   * @param json one message; owned from now on
   */
  void route(byte[] json) {
    meters.received(json.length);
    int from = EnvelopeScanner.start(json, 0, json.length);
    if (from == json.length) return; // nothing but spaces
    if (json[from] == '[') {
      array(json, from + 1);
      return;
    }
    one(json, scanner.scan(json, from, json.length));
  }

  private void array(byte[] json, int from) {
    int at = EnvelopeScanner.start(json, from, json.length);
    if (at < json.length && json[at] == ']') {
      meters.rejected("empty_array");
      return;
    }
    for (int elements = 0; elements < ELEMENTS_MAX; elements++) {
      EnvelopeScanner.Kind kind = scanner.scanElement(json, at, json.length);
      int end = scanner.end(); // before anything below scans on
      one(json, kind);
      if (kind == EnvelopeScanner.Kind.REJECTED) return;
      at = EnvelopeScanner.start(json, end, json.length);
      if (at >= json.length || json[at] != ',') break;
      at = EnvelopeScanner.start(json, at + 1, json.length);
    }
    calls.arrayAnswered();
  }

  private void one(byte[] json, EnvelopeScanner.Kind kind) {
    switch (kind) {
      case NOTIFICATION -> notification(json);
      case RESPONSE -> {
        long id = scanner.id();
        if (scanner.hasError())
          calls.error(id, slice(json, scanner.errorFrom(), scanner.errorTo()));
        else if (scanner.hasResult())
          calls.result(id, slice(json, scanner.resultFrom(), scanner.resultTo()));
        else meters.rejected("no_result");
      }
      case LONE_ERROR -> loneError(slice(json, scanner.errorFrom(), scanner.errorTo()));
      case OTHER -> meters.rejected("not_json_rpc");
      case REJECTED -> broken();
    }
  }

  private static JsonSlice slice(byte[] json, int from, int to) {
    return JsonSlice.wrap(json, from, to - from);
  }

  private void notification(byte[] json) {
    if (!probe.read(json, scanner.subscriptionFrom(), scanner.subscriptionTo())) {
      meters.rejected("bad_subscription");
      return;
    }
    if (scanner.hasError()) {
      subscriptions.ended(
          probe, RpcErrors.read(slice(json, scanner.errorFrom(), scanner.errorTo())).text());
    } else if (scanner.hasResult()) {
      subscriptions.item(probe, slice(json, scanner.resultFrom(), scanner.resultTo()));
    } else {
      meters.rejected("no_result");
    }
  }

  /** An error that names no request: never fatal, but the only request there is may be meant. */
  private void loneError(JsonSlice slice) {
    meters.rejected("error_without_id");
    PubSubException.RpcError error = RpcErrors.read(slice);
    long nowNanos = clock.nanos();
    if (!said || nowNanos - saidNanos >= SAY_NANOS) {
      said = true;
      saidNanos = nowNanos;
      log.atInfo()
          .addKeyValue("chain", meters.chain())
          .addKeyValue("code", error.code())
          .addKeyValue("text", error.text())
          .log("server sent an error without a request");
    }
    if (error.code() != PARSE_ERROR && error.code() != INVALID_REQUEST) return;
    for (Request each : calls.suspects()) calls.error(each.id(), slice);
  }

  private void broken() {
    meters.rejected("not_json");
    long nowNanos = clock.nanos();
    broken.add(nowNanos);
    while (nowNanos - broken.getFirst() > BROKEN_NANOS) broken.removeFirst();
    if (broken.size() < BROKEN_MAX) return;
    broken.clear();
    end.accept(
        TerminalCause.of(TerminalCause.Kind.PROTOCOL, "messages that are no JSON", BAD_DATA));
  }
}
