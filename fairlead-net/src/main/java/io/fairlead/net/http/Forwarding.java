package io.fairlead.net.http;

import io.fairlead.net.splice.Splice;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Performs what one {@link Exchange} wants, between a client's {@link ConnectionExchange} and an
 * {@link UpstreamConnection} of the same event loop. Body bytes go from channel to channel; each
 * side stops reading while the other is not writable.
 */
final class Forwarding implements Exchange.Output, BurstReceiver {
  private static final Logger log = LoggerFactory.getLogger(Forwarding.class);

  private final PooledForwarder forwarder;
  private final ConnectionExchange client;
  private final ForwardEvents events;
  private final UpstreamLoop loop;
  private final Exchange machine;
  private final ResponseView response;
  private final boolean chunked;

  private ForwardPlan plan;
  private @Nullable UpstreamConnection upstream;
  private @Nullable ByteBuf pendingRequest;
  private @Nullable RequestInput held;
  private @Nullable ByteBuf kept;
  private int keepMax;
  private boolean clientDone;
  private boolean reading;
  private boolean pausedClient;
  private boolean pausedUpstream;
  private boolean progressed;
  private boolean streaming;
  private boolean reported;
  private int dials;
  private long retryDelayNanos;
  private int upstreamStatus;
  private int present;
  private long receivedBytes;
  private long quietSinceNanos;

  Forwarding(
      PooledForwarder forwarder,
      ConnectionExchange client,
      ForwardPlan plan,
      ForwardEvents events,
      UpstreamLoop loop) {
    this.forwarder = forwarder;
    this.client = client;
    this.plan = plan;
    this.events = events;
    this.loop = loop;
    this.machine = new Exchange(this, Exchange.idempotent(client.head().method()));
    this.response = loop.borrow();
    this.chunked = client.view().scanner().chunked();
  }

  void start() {
    client.onEnd(this::clientEnded);
    client.onWritable(this::clientWritable);
    if (client.view().hasBody() && Exchange.idempotent(client.head().method())) {
      int max = events.replayBytesMax();
      if (chunked || client.view().scanner().contentLength() <= max) keepMax = max;
    }
    machine.start();
  }

  Channel clientChannel() {
    return client.channel();
  }

  ResponseView response() {
    return response;
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
    while (!fresh) {
      UpstreamConnection pooled = loop.take(plan.key());
      if (pooled == null) break;
      if (!pooled.usable()) continue;
      machine.connected(true);
      send(pooled);
      return;
    }
    dial();
  }

  @Override
  public boolean again(int attempts, ForwardFailure failure) {
    return setOut(events.retry(attempts, failure));
  }

  @Override
  public boolean unwelcome(int attempts) {
    int status = response.status();
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
  public void passHead() {
    FieldEdits edits = forwarder.edits(client.channel().eventLoop());
    events.onResponseHead(response, edits);
    client.respondForwarded(response.scanner(), edits, response.body(), present);
  }

  @Override
  public void finish() {
    client.finish();
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
    if (pendingRequest != null) pendingRequest.release();
    pendingRequest = null;
    pausedUpstream = false;
    UpstreamConnection connection = upstream;
    upstream = null;
    if (connection != null) connection.letGo(reusable);
  }

  // ---- the way there ----------------------------------------------------------------------

  private void dial() {
    if (reading) pauseClient();
    new Dialling(this, plan, loop, ++dials).start();
  }

  void dialFailed(int dial, ForwardFailure failure) {
    if (dial == dials) machine.dialFailed(failure);
  }

  /** Returns false when nobody waits for that connection any more. */
  boolean dialled(int dial, UpstreamConnection connection) {
    if (dial != dials || machine.done()) return false;
    machine.connected(false);
    send(connection);
    return true;
  }

  private void send(UpstreamConnection connection) {
    upstream = connection;
    connection.work(this);
    progressed();
    response.scanner().reset(client.head().method().equals("HEAD"));
    if (!connection.usable()) {
      machine.upstreamFailed(ForwardFailure.Kind.CLOSED_BEFORE_HEAD);
      return;
    }
    ByteBuf head;
    try {
      head = ForwardedRequest.head(client.view(), plan, loop.writer, client.channel().alloc());
    } catch (IllegalArgumentException e) {
      log.atError().setCause(e).log("plan refused by the writer");
      client.fail(Answer.internal());
      return;
    }
    machine.headSent();
    if (!client.view().hasBody()) {
      machine.requestComplete();
      connection.write(head);
      connection.flush();
      return;
    }
    pendingRequest = head;
    if (!reading) {
      reading = true;
      client.readBody(this);
    } else {
      goOn();
    }
  }

  /** After a retry: what came from the client meanwhile. */
  private void goOn() {
    ByteBuf before = kept;
    UpstreamConnection to = upstream;
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
    UpstreamConnection to = upstream;
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

  private void pass(UpstreamConnection to, ByteBuf data) {
    progressed();
    ByteBuf head = pendingRequest;
    int count = data.readableBytes();
    if (head != null && head.writableBytes() >= count + (chunked ? ChunkFrame.OVERHEAD : 0)) {
      append(head, data);
      return;
    }
    sendPending(to);
    if (!chunked) {
      to.write(data);
    } else if (count <= ConnectionExchange.JOIN_MAX) {
      ByteBuf chunk = client.channel().alloc().directBuffer(count + ChunkFrame.OVERHEAD);
      append(chunk, data);
      to.write(chunk);
    } else {
      to.write(ChunkFrame.before(count, client.channel().alloc()));
      to.write(data);
      to.write(ChunkFrame.behind(client.channel().alloc()));
    }
    if (upstream == to && !to.writable()) pauseClient();
  }

  @Override
  public void onEnd() {
    clientDone = true; // an attempt after this one needs the end again
    UpstreamConnection to = upstream;
    if (to == null) return;
    if (chunked) {
      ByteBuf head = pendingRequest;
      if (head == null || !ChunkFrame.appendLast(head)) {
        sendPending(to);
        to.write(ChunkFrame.last(client.channel().alloc()));
      }
    }
    sendPending(to);
    progressed();
    machine.requestComplete();
    if (upstream == to) to.flush();
  }

  @Override
  public void onBurstEnd() {
    UpstreamConnection to = upstream;
    if (to == null) return;
    sendPending(to);
    if (upstream == to) to.flush();
  }

  @Override
  public void onFailed(int status, String code) {
    machine.clientFailed(clientKind());
  }

  private void hold(ByteBuf data) {
    if (held == null) held = new RequestInput();
    held.add(data, client.channel().alloc());
  }

  private void sendPending(UpstreamConnection to) {
    ByteBuf head = pendingRequest;
    if (head == null) return;
    pendingRequest = null;
    to.write(head);
  }

  private void append(ByteBuf out, ByteBuf data) {
    if (chunked) {
      ChunkFrame.append(out, data);
    } else {
      out.writeBytes(data);
    }
    data.release();
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

  /** Something moved; the next tick starts the clock anew, so no clock is read here. */
  void progressed() {
    progressed = true;
  }

  void upstreamWritable() {
    progressed();
    resumeClient();
  }

  void informational() {
    response.scanner().reset(client.head().method().equals("HEAD"));
    machine.informational();
  }

  /**
   * @param bodyPresent body bytes in the same read
   */
  void responseHead(int bodyPresent) {
    upstreamStatus = response.status();
    present = bodyPresent;
    machine.head();
  }

  /** Takes ownership. */
  void responseData(ByteBuf data) {
    client.write(data);
    if (client.writable() || upstream == null) return;
    client.flush();
    if (client.writable() || upstream == null) return;
    pausedUpstream = true;
    upstream.pause();
  }

  /**
   * @param clean whether nothing came after it
   */
  void responseEnd(boolean clean) {
    machine.responseEnd(clean && response.scanner().keepAlive());
  }

  void badResponse() {
    machine.upstreamFailed(ForwardFailure.Kind.BAD_RESPONSE);
  }

  void upstreamClosed() {
    machine.upstreamFailed(
        machine.state() == Exchange.State.RELAYING
            ? ForwardFailure.Kind.CLOSED_IN_BODY
            : ForwardFailure.Kind.CLOSED_BEFORE_HEAD);
  }

  void upstreamBurstEnd() {
    if (!machine.done()) client.flush();
  }

  /** 101: joins the two connections when it was asked for, else it is a bad response. */
  void switching(ByteBuf in) {
    UpstreamConnection connection = upstream;
    boolean asked =
        plan.websocket()
            && client.view().upgradesToWebSocket()
            && response.scanner().namesWebSocket()
            && response.first("sec-websocket-accept").isPresent();
    if (!asked || connection == null || client.ended()) {
      badResponse();
      return;
    }
    upstreamStatus = 101;
    machine.switched();
    streaming = true;
    upstream = null;
    FieldEdits edits = forwarder.edits(client.channel().eventLoop());
    events.onResponseHead(response, edits);
    Channel downstream = client.channel();
    ByteBuf earlyDown = client.upgradeForwarded(response.scanner(), edits);
    ByteBuf earlyUp = in.readRetainedSlice(in.readableBytes());
    Channel up = connection.leave();
    Splice.join(
        downstream,
        up,
        earlyDown,
        earlyUp,
        plan.timeouts().splice(),
        (received, sent, _) -> report(sent, received));
  }

  /** Four times a second while an upstream connection works for this. */
  void tick(long nowNanos) {
    boolean waitsForClient = reading && !machine.requestSent() && !pausedClient;
    if (progressed
        || pausedUpstream
        || (waitsForClient && machine.state() != Exchange.State.RELAYING)) {
      progressed = false;
      quietSinceNanos = nowNanos;
      return;
    }
    long quiet = nowNanos - quietSinceNanos;
    if (machine.state() == Exchange.State.RELAYING) {
      if (quiet >= plan.timeouts().responseIdle().toNanos()) {
        machine.upstreamFailed(ForwardFailure.Kind.BODY_TIMEOUT);
      }
    } else if (quiet >= plan.timeouts().responseHead().toNanos()) {
      machine.upstreamFailed(ForwardFailure.Kind.HEAD_TIMEOUT);
    }
  }

  // ---- the end ----------------------------------------------------------------------------

  private void clientWritable() {
    if (!pausedUpstream || upstream == null) return;
    pausedUpstream = false;
    progressed();
    upstream.resume();
  }

  private void clientEnded() {
    machine.clientFailed(clientKind());
    if (held != null) held.release();
    held = null;
    if (kept != null) kept.release();
    kept = null;
    loop.giveBack(response);
    if (!streaming) report(client.sentBytes(), receivedBytes);
  }

  private ForwardFailure.Kind clientKind() {
    boolean cut = client.connection().cutReason().isPresent();
    return cut ? ForwardFailure.Kind.CUT : ForwardFailure.Kind.CLIENT;
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
