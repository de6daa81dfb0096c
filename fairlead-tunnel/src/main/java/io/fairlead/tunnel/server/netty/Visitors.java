package io.fairlead.tunnel.server.netty;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.http2.StreamLink;
import io.fairlead.net.http2.StreamLinks;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.rate.HeldByName;
import io.fairlead.net.splice.Splice;
import io.fairlead.net.splice.SpliceSettings;
import io.fairlead.tunnel.carrier.netty.ControlStream;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.codec.ControlMessage;
import io.fairlead.tunnel.session.Bond;
import io.fairlead.tunnel.session.Grants;
import io.fairlead.tunnel.session.Logins;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Agents that open private services of other agents. They open the streams: the control stream
 * first, on which they prove who they are as any agent does, then one for each use. Shared by all
 * event loops.
 */
final class Visitors {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final String KEY = "fl-key";

  private final Hub hub;
  private final StreamLinks links;
  private final TunnelDialer dialer;
  private final TunnelJournal journal;
  private final Randomness randomness;
  private final HeldByName<Throttle> throttles = new HeldByName<>(); // by who visits
  private final Set<Visitor> admitted = ConcurrentHashMap.newKeySet();

  Visitors(
      Hub hub,
      StreamLinks links,
      TunnelDialer dialer,
      TunnelJournal journal,
      Randomness randomness) {
    this.hub = hub;
    this.links = links;
    this.dialer = dialer;
    this.journal = journal;
    this.randomness = randomness;
  }

  /** On the connection's event loop, behind TLS. */
  void arrived(
      Channel channel,
      LiveConnection connection,
      Bond bond,
      Duration login,
      StreamLinks.Settings settings) {
    connection.kind("tunnel_visitor");
    Visitor visitor = new Visitor(channel, connection, bond, login);
    visitor.link = links.begin(channel, false, settings, visitor);
  }

  /** Other logins hold: who may not come by them is cut. Any thread. */
  void settle() {
    admitted.forEach(Visitor::settle);
  }

  /** Cuts those of that name; whether there were any. Any thread. */
  boolean cut(String name, String reason) {
    boolean any = false;
    for (Visitor visitor : admitted) {
      if (!visitor.named(name)) continue;
      visitor.connection.cut(reason);
      any = true;
    }
    return any;
  }

  /** One of them. Confined to its event loop. */
  private final class Visitor implements StreamLink.Events, ControlStream.Events {
    private final Channel channel;
    private final LiveConnection connection;
    private final Binary nonce = Binary.of(randomness.secureBytes(32));
    private final Bond bond;
    private final Future<?> loginTimer;
    private volatile Optional<Throttle> throttle = Optional.empty();
    private @Nullable StreamLink link;
    private @Nullable ControlStream control;
    private boolean answered;
    private volatile Logins.Outcome.@Nullable Admitted who;

    Visitor(Channel channel, LiveConnection connection, Bond bond, Duration login) {
      this.channel = channel;
      this.connection = connection;
      this.bond = bond;
      this.loginTimer =
          channel
              .eventLoop()
              .schedule(
                  () -> {
                    hub.meters().met(ServerMeters.Limited.LOGIN_TIME);
                    connection.cut("login_timeout");
                  },
                  login.toNanos(),
                  TimeUnit.NANOSECONDS);
    }

    @Override
    public void ready(StreamLink link) {}

    @Override
    public void asked(StreamLink.Asked stream) {
      if (control == null) {
        if (!stream.request().path().equals(Optional.of(ControlStream.PATH))) {
          stream.refuse(401, "not_admitted");
          return;
        }
        ControlStream begun = ControlStream.on(stream.accept(), this);
        control = begun;
        begun.send(
            new ControlMessage.Hello(ControlMessage.VERSION, hub.gateway(), nonce, bond.methods()));
      } else if (who == null) {
        stream.refuse(401, "not_admitted");
      } else {
        open(stream);
      }
    }

    private void open(StreamLink.Asked stream) {
      String[] names = stream.request().authority().split("/", 2);
      Optional<Member> member =
          names.length == 2 ? hub.directory().named(names[0], names[1]) : Optional.empty();
      String key = stream.request().field(KEY).orElse("");
      // One answer for what is not there, not private and not the visitor's to open.
      if (member.isEmpty()
          || member.get().offer().secret().isEmpty()
          || !MessageDigest.isEqual(
              member.get().offer().secret().get().getBytes(StandardCharsets.UTF_8),
              key.getBytes(StandardCharsets.UTF_8))) {
        hub.meters().refused("key");
        stream.refuse(403, "no_such_service");
        return;
      }
      long openedAtNanos = journal.clock().nanos();
      var _ =
          dialer
              .connect(
                  member.get(),
                  channel.eventLoop(),
                  PortFace.asker(connection).boundBy(throttle),
                  CONNECT)
              .whenComplete(
                  (there, _) -> {
                    if (there == null) {
                      stream.refuse(502, "unreachable");
                    } else if (!stream.waiting()) {
                      there.close();
                    } else {
                      join(stream.accept(), there, member.get(), openedAtNanos);
                    }
                  });
    }

    private void join(Channel here, Channel there, Member member, long openedAtNanos) {
      var _ =
          Splice.join(
              here,
              there,
              Unpooled.EMPTY_BUFFER,
              Unpooled.EMPTY_BUFFER,
              SpliceSettings.DEFAULTS,
              (received, sent, reason) ->
                  journal.closed(
                      connection, member.toString(), openedAtNanos, received, sent, reason));
    }

    @Override
    public void leaving() {}

    @Override
    public void draining() {
      StreamLink there = link;
      if (there != null) there.leave();
    }

    @Override
    public void ended() {
      loginTimer.cancel(false);
    }

    @Override
    public void said(ControlMessage message) {
      if (answered) return;
      answered = true;
      if (!(message instanceof ControlMessage.Auth auth)) {
        connection.cut("malformed");
        return;
      }
      switch (hub.decide(auth, nonce, bond)) {
        case Logins.Outcome.Admitted now -> admit(now);
        case Logins.Outcome.Refused(String reason) -> {
          hub.meters().refused(reason);
          say(new ControlMessage.Refusal(0, "auth", "not admitted", Optional.empty()));
          var _ =
              channel
                  .eventLoop()
                  .schedule(() -> connection.cut("not_admitted"), 5, TimeUnit.SECONDS);
        }
      }
    }

    private void admit(Logins.Outcome.Admitted now) {
      who = now;
      loginTimer.cancel(false);
      connection.bind(now.principal());
      Throttle shared = throttles.hold(now.agent(), () -> new Throttle(journal.clock()));
      throttle = Optional.of(shared);
      admitted.add(this);
      connection.onClosed(
          () -> {
            admitted.remove(this);
            throttles.leave(now.agent());
          });
      say(new ControlMessage.Ack(0, List.of()));
      // Asked once it can be found: what was revoked meanwhile is seen here, or finds it there.
      settle();
      if (!hub.stillAllowed(now.principal())) connection.cut("revoked");
    }

    boolean named(String name) {
      Logins.Outcome.Admitted now = who;
      return now != null && now.agent().equals(name);
    }

    /** Any thread. */
    void settle() {
      Logins.Outcome.Admitted now = who;
      if (now == null) return;
      Optional<Grants> grants = hub.grants(now);
      if (grants.isEmpty()) connection.cut("not_admitted");
      // The last one's rate is everybody's of that name.
      else throttle.ifPresent(shared -> shared.limit(grants.get().bandwidth()));
    }

    private void say(ControlMessage message) {
      ControlStream there = control;
      if (there != null) there.send(message);
    }

    @Override
    public void over(String reason) {
      connection.cut("control_" + reason);
    }
  }
}
