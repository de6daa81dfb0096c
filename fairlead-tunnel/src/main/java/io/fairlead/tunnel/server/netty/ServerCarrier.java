package io.fairlead.tunnel.server.netty;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.http2.LinkRequest;
import io.fairlead.net.http2.StreamLink;
import io.fairlead.net.http2.StreamLinks;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.tunnel.carrier.netty.ControlStream;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.codec.ControlMessage;
import io.fairlead.tunnel.session.Bond;
import io.fairlead.tunnel.session.Logins;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of an agent. Confined to its event loop; what may come from any thread says so.
 *
 * <pre>
 * secured     --settings came-->    asking     (opens the control stream, says hello)
 * asking      --auth, admitted-->   admitted   (the hub hears of it, the agent after that)
 * asking      --auth, refused-->    refused    (an error line now, the end in 5 s)
 * admitted    --a line-->           admitted   (the hub hears of it)
 * any         --time is up-->       over
 * any         --connection gone-->  over       (the hub hears of it, if it was admitted)
 * </pre>
 */
final class ServerCarrier implements StreamLink.Events, ControlStream.Events {
  private static final Logger log = LoggerFactory.getLogger(ServerCarrier.class);
  private static final long PENALTY_SECONDS = 5;
  private static final long LEAVE_MILLIS = 500;

  private final Hub hub;
  private final Channel channel;
  private final LiveConnection connection;
  private final Binary nonce;
  private final Bond bond;
  private final Future<?> loginTimer;
  private @Nullable StreamLink link;
  private @Nullable ControlStream control;
  private boolean answered;
  private boolean admitted;
  private @Nullable Future<?> ending;
  private boolean over;
  private volatile boolean leaving;
  private volatile @Nullable StreamLink open; // once admitted, for other threads
  private volatile @Nullable ControlStream lines;

  ServerCarrier(
      Hub hub,
      Channel channel,
      LiveConnection connection,
      Bond bond,
      Duration login,
      Randomness randomness) {
    this.hub = hub;
    this.channel = channel;
    this.connection = connection;
    this.nonce = Binary.of(randomness.secureBytes(32));
    this.bond = bond;
    this.loginTimer =
        channel.eventLoop().schedule(this::late, login.toNanos(), TimeUnit.NANOSECONDS);
  }

  void begin(StreamLinks links, StreamLinks.Settings settings) {
    link = links.begin(channel, true, settings, this);
  }

  LiveConnection connection() {
    return connection;
  }

  /** Whether it takes streams; any thread. */
  boolean takes() {
    return open != null && !leaving;
  }

  /** Whether its streams live on that loop; any thread. */
  boolean livesOn(EventLoop loop) {
    return channel.eventLoop() == loop;
  }

  /** How busy it is: what waits to leave counts more than what is idle. Any thread. */
  long load() {
    StreamLink there = open;
    return there == null ? Long.MAX_VALUE : there.waitingBytes() + 1024L * there.active();
  }

  /** The link, while it is there; any thread. Streams are opened on its loop. */
  Optional<StreamLink> link() {
    return Optional.ofNullable(open);
  }

  /** Any thread. */
  void say(ControlMessage message) {
    ControlStream there = lines;
    if (there != null) there.send(message);
  }

  /** Any thread. */
  void cut(String reason) {
    connection.cut(reason);
  }

  /** Asks the agent to make new carriers, and ends this one when its last stream is over. */
  void drain() {
    say(new ControlMessage.Drain());
    leaving = true;
    StreamLink there = open;
    if (there == null) return;
    there
        .loop()
        .execute(
            () -> {
              there.leave();
              endWithTheLastStream();
            });
  }

  /** The control stream is open all the while: it goes when it is the last. */
  private void endWithTheLastStream() {
    StreamLink there = link;
    if (there == null || ending != null) return;
    Runnable look =
        () -> {
          if (over || there.active() <= 1) connection.cut("left");
        };
    ending =
        channel
            .eventLoop()
            .scheduleWithFixedDelay(look, LEAVE_MILLIS, LEAVE_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Lets it go by itself, and ends it when it does not. Any thread. */
  void dismiss() {
    drain();
    var _ = channel.eventLoop().schedule(() -> cut("dismissed"), PENALTY_SECONDS, TimeUnit.SECONDS);
  }

  /** Is it alive? If not it is gone soon. Any thread. */
  void probe() {
    StreamLink there = open;
    if (there != null) there.loop().execute(() -> there.probe(TimeUnit.SECONDS.toNanos(2)));
  }

  // ---- the link ---------------------------------------------------------------------------

  @Override
  public void ready(StreamLink ready) {
    LinkRequest request =
        new LinkRequest(
            "POST",
            Optional.empty(),
            "agent",
            Optional.of(ControlStream.PATH),
            List.of(Map.entry("content-type", "application/x-ndjson")));
    var _ =
        ready
            .open(request)
            .whenComplete(
                (stream, _) -> {
                  if (stream == null) {
                    cut("no_control_stream");
                    return;
                  }
                  ControlStream begun = ControlStream.on(stream, this);
                  control = begun;
                  begun.send(
                      new ControlMessage.Hello(
                          ControlMessage.VERSION, hub.gateway(), nonce, bond.methods()));
                });
  }

  @Override
  public void asked(StreamLink.Asked stream) {
    stream.refuse(501, "unasked"); // an agent opens none: HTTP/2 servers do not
  }

  @Override
  public void leaving() {
    leaving = true;
    endWithTheLastStream();
  }

  @Override
  public void draining() {
    drain();
  }

  @Override
  public void ended() {
    if (ending != null) ending.cancel(false);
    if (over) return;
    over = true;
    open = null;
    loginTimer.cancel(false);
    if (admitted) hub.lost(this);
  }

  // ---- the control stream -----------------------------------------------------------------

  @Override
  public void said(ControlMessage message) {
    if (over) return;
    if (admitted) {
      if (!hub.said(this, message)) cut("busy");
      return;
    }
    if (answered) return; // waiting for its end
    if (!(message instanceof ControlMessage.Auth auth)) {
      refuse("malformed", "auth is expected");
      return;
    }
    answered = true;
    switch (hub.decide(auth, nonce, bond)) {
      case Logins.Outcome.Admitted who -> admit(who, auth);
      case Logins.Outcome.Refused(String reason) -> {
        hub.meters().refused(reason);
        log.atDebug()
            .addKeyValue("agent", auth.agent())
            .addKeyValue("reason", reason)
            .log("tunnel login refused");
        refuse("auth", "not admitted");
      }
    }
  }

  private void admit(Logins.Outcome.Admitted who, ControlMessage.Auth auth) {
    admitted = true;
    loginTimer.cancel(false);
    connection.destination(who.agent());
    open = link;
    lines = control;
    if (!hub.loggedIn(this, who, auth)) cut("busy");
  }

  /** Says no, and lets the other side wait: guessing is slow work. */
  private void refuse(String code, String text) {
    answered = true;
    loginTimer.cancel(false);
    ControlStream there = control;
    if (there != null) there.send(new ControlMessage.Refusal(0, code, text, Optional.empty()));
    var _ =
        channel.eventLoop().schedule(() -> cut("not_admitted"), PENALTY_SECONDS, TimeUnit.SECONDS);
  }

  private void late() {
    if (admitted) return;
    hub.meters().met(ServerMeters.Limited.LOGIN_TIME);
    cut("login_timeout");
  }

  @Override
  public void over(String reason) {
    if (!over) cut("control_" + reason);
  }
}
