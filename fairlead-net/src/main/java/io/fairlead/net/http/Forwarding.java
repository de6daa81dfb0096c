package io.fairlead.net.http;

import io.fairlead.core.dial.DialException;
import io.fairlead.net.rate.PacedWrites;
import io.fairlead.net.splice.Splice;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Performs what one {@link Exchange} wants, between a client's {@link ClientExchange} and an {@link
 * UpstreamLeg} of the same event loop, whichever version of HTTP each speaks. Body bytes go from
 * channel to channel; each side stops reading while the other is not writable.
 */
final class Forwarding implements Exchange.Output, BurstReceiver, UpstreamWork {
  private static final Logger log = LoggerFactory.getLogger(Forwarding.class);

  private final PooledForwarder forwarder;
  private final ClientExchange client;
  private final ForwardEvents events;
  private final UpstreamLoop loop;
  private final Exchange machine;
  private final ForwardClock clock;
  private final boolean hasBody;

  private ForwardPlan plan;
  private @Nullable UpstreamLeg upstream;
  private @Nullable RequestInput held;
  private Trailers requestTrailers = Trailers.NONE;
  private Trailers responseTrailers = Trailers.NONE;
  private @Nullable ByteBuf kept;
  private int keepMax;
  private boolean clientDone;
  private boolean clientOver;
  private boolean reading;
  private boolean awaitsContinue;
  private boolean dialling;
  private boolean pausedClient;
  private boolean pausedUpstream;
  private boolean streaming;
  private boolean reported;
  private int dials;
  private long retryDelayNanos;
  private int upstreamStatus;
  private long receivedBytes;

  Forwarding(
      PooledForwarder forwarder,
      ClientExchange client,
      ForwardPlan plan,
      ForwardEvents events,
      UpstreamLoop loop) {
    this.forwarder = forwarder;
    this.client = client;
    this.plan = plan;
    this.events = events;
    this.loop = loop;
    RequestHead head = client.head();
    this.machine = new Exchange(this, Exchange.idempotent(head.method()));
    this.clock = new ForwardClock(head, client.startedAtNanos());
    this.hasBody =
        switch (head.body()) {
          case BodyLength.Fixed(long bytes) -> bytes > 0;
          case BodyLength.None _ -> false;
          case BodyLength.Chunked _, BodyLength.UntilClose _ -> true;
        };
  }

  void start() {
    client.onEnd(this::clientEnded);
    client.onWritable(this::clientWritable);
    if (hasBody && Exchange.idempotent(client.head().method())) {
      int max = events.replayBytesMax();
      keepMax =
          client.head().body() instanceof BodyLength.Fixed(long bytes) && bytes > max ? 0 : max;
    }
    client.occupy();
    machine.start();
  }

  @Override
  public Channel clientChannel() {
    return client.channel();
  }

  @Override
  public boolean clientShared() {
    return client.multiplexed();
  }

  // ---- effects of the machine -------------------------------------------------------------

  @Override
  public void connect(boolean fresh) {
    long delay = retryDelayNanos;
    retryDelayNanos = 0;
    if (delay <= 0) {
      connectNow(fresh);
      return;
    }
    if (reading) pauseClient();
    loop.after(delay, () -> connectNow(fresh));
  }

  private void connectNow(boolean fresh) {
    if (machine.done()) return; // the client left meanwhile
    UpstreamLeg pooled = fresh ? null : loop.take(plan);
    if (pooled != null) {
      machine.connected(true);
      send(pooled);
      return;
    }
    if (reading) pauseClient();
    dialling = true;
    if (plan.key().owner() != 0) loop.own(plan.key(), client.channel());
    loop.dial(new Dialling(this, plan, loop, ++dials), fresh);
  }

  @Override
  public boolean again(int attempts, ForwardFailure failure) {
    return setOut(events.retry(attempts, failure));
  }

  @Override
  public boolean unwelcome(int attempts) {
    int status = upstreamStatus;
    return status >= 502 && status <= 504 && setOut(events.retryStatus(attempts, status));
  }

  private boolean setOut(Optional<ForwardPlan> next) {
    if (next.isEmpty() || machine.done()) return false;
    plan = next.get();
    retryDelayNanos = events.retryDelayNanos();
    forwarder.meters().retried();
    return true;
  }

  @Override
  public void finish() {
    client.finish(responseTrailers);
  }

  @Override
  public void answer(ForwardFailure failure) {
    client.respond(events.answer(failure));
  }

  @Override
  public void abortClient() {
    client.abort();
  }

  @Override
  public void letGo(boolean reusable) {
    pausedUpstream = false;
    UpstreamLeg leg = upstream;
    upstream = null;
    if (leg != null) leg.letGo(reusable);
    if (machine.done() || clientOver) vacate();
  }

  // ---- the way there ----------------------------------------------------------------------

  void dialFailed(int dial, ForwardFailure failure) {
    if (dial != dials) return;
    dialling = false;
    if (failure.dial().isPresent() && failure.dial().get() instanceof DialException.TimedOut) {
      forwarder.meters().late(UpstreamTime.CONNECT);
    }
    machine.dialFailed(failure);
    if (machine.done()) vacate();
  }

  /** Returns false when nobody waits for that connection any more. */
  boolean dialled(int dial, UpstreamLeg leg) {
    if (dial != dials) return false;
    dialling = false;
    if (machine.done()) {
      vacate();
      return false;
    }
    machine.connected(false);
    send(leg);
    return true;
  }

  private void send(UpstreamLeg leg) {
    upstream = leg;
    leg.work(this);
    progressed();
    if (!leg.usable()) {
      machine.upstreamFailed(ForwardFailure.Kind.CLOSED_BEFORE_HEAD);
      return;
    }
    try {
      leg.send(client.head(), plan);
    } catch (IllegalArgumentException e) {
      log.atError().setCause(e).log("plan refused by the writer");
      client.fail(Answer.internal());
      return;
    }
    machine.headSent();
    if (upstream != leg) return;
    if (!hasBody) {
      machine.requestComplete();
      leg.end(Trailers.NONE);
      leg.flush();
    } else if (reading) {
      goOn();
    } else if (plan.wire().forwardExpect() && client.head().expectsContinue()) {
      awaitsContinue = true;
      leg.flush();
    } else {
      readClient();
    }
  }

  private void readClient() {
    awaitsContinue = false;
    reading = true;
    client.readBody(this);
  }

  /** After a retry: what came from the client meanwhile. */
  private void goOn() {
    ByteBuf before = kept;
    UpstreamLeg to = upstream;
    if (before != null && to != null && before.isReadable()) pass(to, before.retainedDuplicate());
    RequestInput waiting = held;
    held = null;
    if (waiting != null) onData(waiting.takeAll());
    if (clientDone) {
      onEnd();
    } else {
      onBurstEnd();
      resumeClient();
    }
  }

  // ---- the client's body ------------------------------------------------------------------

  @Override
  public void onData(ByteBuf data) {
    UpstreamLeg to = upstream;
    if (to == null) {
      if (machine.done()) data.release();
      else hold(data);
      return;
    }
    keep(data);
    receivedBytes += data.readableBytes();
    pass(to, data);
  }

  /** Keeps a small body's bytes for another attempt. */
  private void keep(ByteBuf data) {
    int count = data.readableBytes();
    ByteBuf before = kept;
    if (keepMax > 0 && count + (before == null ? 0 : before.readableBytes()) <= keepMax) {
      if (before == null) kept = before = client.channel().alloc().buffer(count, keepMax);
      before.writeBytes(data, data.readerIndex(), count);
      return;
    }
    machine.bodyTaken();
    keepMax = 0;
    if (before != null) before.release();
    kept = null;
  }

  private void pass(UpstreamLeg to, ByteBuf data) {
    progressed();
    to.data(data);
    if (upstream == to && !to.writable()) pauseClient();
  }

  @Override
  public void onTrailers(Trailers trailers) {
    requestTrailers = trailers.passing(plan.wire().trailers(), clock.grpc());
    forwarder.meters().droppedTrailers(trailers.size() - requestTrailers.size());
  }

  @Override
  public void onEnd() {
    clientDone = true; // an attempt after this one needs the end again
    UpstreamLeg to = upstream;
    if (to == null) return;
    to.end(requestTrailers);
    progressed();
    machine.requestComplete();
    if (upstream == to) to.flush();
  }

  @Override
  public void onBurstEnd() {
    UpstreamLeg to = upstream;
    if (to != null) to.flush();
  }

  @Override
  public void onFailed(int status, String code) {
    machine.clientFailed(clientKind());
  }

  private void hold(ByteBuf data) {
    if (held == null) held = new RequestInput();
    held.add(data, client.channel().alloc());
  }

  private void pauseClient() {
    if (pausedClient) return;
    pausedClient = true;
    client.pauseBody();
  }

  private void resumeClient() {
    if (!pausedClient) return;
    pausedClient = false;
    client.resumeBody();
  }

  // ---- the upstream's response ------------------------------------------------------------

  @Override
  public void progressed() {
    clock.progressed();
  }

  @Override
  public void upstreamWritable() {
    progressed();
    resumeClient();
  }

  @Override
  public void informational(ResponseHead head) {
    int status = head.status();
    if (!machine.informational(plan.wire().limits().interimMax())) {
      forwarder.meters().tooManyInterim();
    }
    if (machine.done() || machine.state() != Exchange.State.WAITING) return;
    if (status != 100) {
      client.informational(head);
    } else if (awaitsContinue) {
      readClient();
    }
  }

  @Override
  public void responseHead(ResponseHead head, int bodyPresent) {
    upstreamStatus = head.status();
    if (!machine.head()) return;
    clock.responding(head);
    FieldEdits edits = forwarder.edits(loop());
    events.onResponseHead(head, edits);
    client.respondForwarded(head, edits, head.body(), bodyPresent);
  }

  @Override
  public void responseData(ByteBuf data) {
    client.write(data);
    if (client.writable() || upstream == null) return;
    client.flush();
    if (client.writable() || upstream == null) return;
    pausedUpstream = true;
    upstream.pause();
  }

  @Override
  public void responseTrailers(Trailers trailers) {
    responseTrailers = trailers.passing(plan.wire().trailers(), clock.grpc());
    forwarder.meters().droppedTrailers(trailers.size() - responseTrailers.size());
  }

  @Override
  public void responseEnd(boolean clean) {
    machine.responseEnd(clean);
  }

  @Override
  public void badResponse() {
    machine.upstreamFailed(ForwardFailure.Kind.BAD_RESPONSE);
  }

  @Override
  public void refused() {
    machine.upstreamFailed(ForwardFailure.Kind.REFUSED);
  }

  @Override
  public void upstreamClosed() {
    machine.upstreamFailed(
        machine.state() == Exchange.State.RELAYING
            ? ForwardFailure.Kind.CLOSED_IN_BODY
            : ForwardFailure.Kind.CLOSED_BEFORE_HEAD);
  }

  @Override
  public void upstreamBurstEnd() {
    if (!machine.done()) client.flush();
  }

  /** Joins the two byte streams when a web socket was asked for, else it is a bad response. */
  @Override
  public void switching(ResponseHead head, ByteBuf in) {
    UpstreamLeg leg = upstream;
    Optional<String> key = client.head().fields().first("sec-websocket-key");
    boolean asked = plan.websocket() && client.head().upgradesToWebSocket() && key.isPresent();
    if (!asked || key.isEmpty() || leg == null || client.ended()) {
      badResponse();
      return;
    }
    Optional<String> accept = head.fields().first("sec-websocket-accept");
    FieldEdits edits = forwarder.edits(loop());
    if (head.status() != 101) {
      edits.set("Sec-WebSocket-Accept", WebSocketKey.accept(key.get()));
    } else if (accept.isEmpty()
        || (client.multiplexed() && !accept.get().equals(WebSocketKey.accept(key.get())))) {
      badResponse();
      return;
    }
    upstreamStatus = head.status();
    machine.switched();
    streaming = true;
    upstream = null;
    events.onResponseHead(head, edits);
    ByteBuf earlyDown = client.upgradeForwarded(head, edits);
    ByteBuf earlyUp = in.readRetainedSlice(in.readableBytes());
    Channel server = leg.leave();
    PacedWrites.between(client.channel(), server, client.pace(), forwarder.meters()::rested);
    Splice.join(
        client.channel(),
        server,
        earlyDown,
        earlyUp,
        plan.timeouts().splice(),
        (received, sent, reason) -> {
          if (reason.equals("idle_timeout")) forwarder.meters().late(UpstreamTime.STREAM_IDLE);
          report(sent, received);
        });
  }

  @Override
  public void tick(long nowNanos) {
    boolean waitsForClient = reading && !machine.requestSent() && !pausedClient;
    boolean relaying = machine.state() == Exchange.State.RELAYING;
    if (awaitsContinue && clock.quietNanos(nowNanos) >= ForwardClock.CONTINUE_NANOS) {
      readClient(); // it may know nothing of the expectation (RFC 9110 §10.1.1)
      return;
    }
    switch (clock.look(
        nowNanos, plan.timeouts(), relaying, pausedUpstream || (waitsForClient && !relaying))) {
      case IN_TIME -> {}
      case HEAD_LATE -> late(ForwardFailure.Kind.HEAD_TIMEOUT, nowNanos, false);
      case BODY_LATE -> late(ForwardFailure.Kind.BODY_TIMEOUT, nowNanos, true);
    }
  }

  private void late(ForwardFailure.Kind kind, long nowNanos, boolean relaying) {
    clock.exceeded(nowNanos, relaying).ifPresent(forwarder.meters()::late);
    machine.upstreamFailed(kind);
  }

  // ---- the end ----------------------------------------------------------------------------

  private void clientWritable() {
    if (!pausedUpstream || upstream == null) return;
    pausedUpstream = false;
    progressed();
    upstream.resume();
  }

  private void clientEnded() {
    clientOver = true;
    machine.clientFailed(clientKind());
    if (held != null) held.release();
    held = null;
    if (kept != null) kept.release();
    kept = null;
    if (!streaming) report(client.sentBytes(), receivedBytes);
    vacate();
  }

  /** Nothing goes on at the upstream any more. */
  private void vacate() {
    if (!dialling && upstream == null) client.vacate();
  }

  private ForwardFailure.Kind clientKind() {
    boolean cut = client.work().cutReason().isPresent();
    return cut ? ForwardFailure.Kind.CUT : ForwardFailure.Kind.CLIENT;
  }

  private EventLoop loop() {
    return client.channel().eventLoop();
  }

  private void report(long sent, long received) {
    if (reported) return;
    reported = true;
    long duration = forwarder.clock().nanos() - client.startedAtNanos();
    forwarder.meters().forwarded(duration);
    events.onEnd(
        new ForwardResult(
            client.status(), upstreamStatus, sent, received, machine.failure(), duration));
  }
}
