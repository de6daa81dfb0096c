package io.fairlead.mqtt.netty;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Verdict;
import io.fairlead.mqtt.CertificateName;
import io.fairlead.mqtt.EnhancedAuthenticator;
import io.fairlead.mqtt.MqttAuthenticator;
import io.fairlead.mqtt.MqttAuthenticator.Answer;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Connect;
import io.fairlead.mqtt.codec.PacketEncoder;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.codec.Utf8;
import io.fairlead.mqtt.session.Explanations;
import io.fairlead.mqtt.session.Hooks;
import io.fairlead.mqtt.session.ReservedTopics;
import io.fairlead.mqtt.trace.Traces;
import io.fairlead.net.live.LiveConnection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a CONNECT may come in, in the order of MQTT 5.0 §3.1.4: what it asks for, who it
 * is, what that one may. Confined to the connection's event loop.
 *
 * <pre>
 * asked      --wrong-->     refused
 * asked      --no method--> authenticating  (user name and password)
 * asked      --method-->    exchanging      (AUTH, any number of times)
 * authenticating, exchanging --who--> admitted, or refused
 * </pre>
 */
final class Admission {
  private static final int KEEP_ALIVE_MAX = 65_535;
  private static final int ASSIGNED_CHARACTERS = 22;
  private static final String BASE62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  private static final int EXCHANGE_STEPS_MAX = 8;
  private static final Answer.Accepted NOBODY =
      new Answer.Accepted(Principal.ANONYMOUS.id(), Set.of());

  /** What the handler has to do for it. */
  interface Door {
    void admit(Admitted admitted);

    void refuse(ReasonCode reason, MqttVersion version);

    /** Sends AUTH; the answer comes by {@link #onAuth}. */
    void challenge(Packet.Auth packet);

    /** The client's, if the listener asked for one and verified it. */
    Optional<X509Certificate> certificate();

    /** Runs it on the event loop. */
    void onLoop(Runnable action);
  }

  /**
   * Everything needed to open the session.
   *
   * @param until when the connection ends by itself
   */
  record Admitted(
      MqttClient client,
      Connect connect,
      Properties extra,
      int keepAliveSeconds,
      Optional<Instant> until) {}

  private final Surroundings around;
  private final SocketAddress remote;
  private final boolean local;
  private final Door door;
  private Properties.Builder extra = Properties.of();
  private @Nullable Connect connect;
  private EnhancedAuthenticator.@Nullable Exchange exchange;
  private @Nullable Object askedOf; // who says, or said, who it is
  private String method = "";
  private int steps;

  Admission(Surroundings around, LiveConnection live, Door door) {
    this.around = around;
    this.remote = live.remote();
    // Both: nobody elsewhere is let in as one of this machine because of what a header says.
    this.local = onThisMachine(live.peer()) && onThisMachine(live.remote());
    this.door = door;
  }

  /** The client was refused, here or by whoever decided: who traces it sees that. */
  void refused(ReasonCode reason) {
    Connect said = connect;
    if (said == null) return;
    Traces traces = around.core().traces();
    traces.saw(true, said.clientId(), remote, said);
    Packet answer = new Packet.ConnAck(false, reason, Properties.EMPTY);
    traces.saw(false, said.clientId(), remote, answer);
  }

  /**
   * Sends the client what it is told before it is let in, as it takes it.
   *
   * @return whether it takes it
   */
  boolean say(ChannelHandlerContext ctx, Packet packet, MqttVersion version) {
    Connect said = connect;
    Optional<Packet> fitting =
        said == null ? Optional.of(packet) : Explanations.fitting(packet, said);
    if (fitting.isEmpty()) return false;
    ByteBuf out = ctx.alloc().buffer(64);
    PacketEncoder.encode(out, fitting.get(), version);
    ctx.writeAndFlush(out);
    return true;
  }

  void begin(Connect asked) {
    connect = asked;
    if (around.core().memory().refusesClients()) {
      around.core().meters().rejected(MqttLimit.MEMORY);
      door.refuse(ReasonCode.SERVER_BUSY, asked.version());
      return;
    }
    MqttConfig.Protocol rules = around.core().config().protocol();
    ReasonCode wrong = wish(asked, rules);
    if (!wrong.error()) wrong = willFits(asked);
    if (wrong.error()) {
      door.refuse(wrong, asked.version());
      return;
    }
    Connect named = named(asked);
    if (named == null) {
      door.refuse(ReasonCode.CLIENT_ID_NOT_VALID, asked.version());
      return;
    }
    connect = named;
    Optional<String> wanted = named.properties().text(PropertyId.AUTH_METHOD);
    if (wanted.isPresent()) {
      beginExchange(named, wanted.get());
    } else {
      authenticate(named);
    }
  }

  /** The client goes on with its exchange. */
  void onAuth(Packet.Auth packet) {
    Connect asked = connect;
    EnhancedAuthenticator.Exchange running = exchange;
    if (asked == null || running == null) {
      door.refuse(ReasonCode.PROTOCOL_ERROR, MqttVersion.V5);
      return;
    }
    boolean same = packet.properties().text(PropertyId.AUTH_METHOD).orElse("").equals(method);
    if (!same || packet.reason() != ReasonCode.CONTINUE_AUTHENTICATION) {
      door.refuse(ReasonCode.PROTOCOL_ERROR, asked.version());
      return;
    }
    step(asked, running, packet.properties().bytes(PropertyId.AUTH_DATA).orElse(null));
  }

  private static ReasonCode wish(Connect asked, MqttConfig.Protocol rules) {
    if (!rules.versions().contains(asked.version())) {
      return ReasonCode.UNSUPPORTED_PROTOCOL_VERSION;
    }
    if (asked.will().isEmpty()) return ReasonCode.SUCCESS;
    Packet.Will will = asked.will().get();
    if (will.qos() > rules.maxQos()) return ReasonCode.QOS_NOT_SUPPORTED;
    if (will.retain() && !rules.retain()) return ReasonCode.RETAIN_NOT_SUPPORTED;
    if (will.topic().length == 0) return ReasonCode.TOPIC_NAME_INVALID;
    for (byte each : will.topic()) {
      if (each == '+' || each == '#') return ReasonCode.TOPIC_NAME_INVALID;
    }
    String answers = will.properties().text(PropertyId.RESPONSE_TOPIC).orElse("");
    if (answers.indexOf('+') >= 0 || answers.indexOf('#') >= 0) return ReasonCode.PROTOCOL_ERROR;
    boolean text = will.properties().number(PropertyId.PAYLOAD_FORMAT, 0) == 1;
    return text && rules.validatePayloadFormat() && !Utf8.valid(will.payload())
        ? ReasonCode.PAYLOAD_FORMAT_INVALID
        : ReasonCode.SUCCESS;
  }

  private ReasonCode willFits(Connect asked) {
    if (asked.will().isEmpty()) return ReasonCode.SUCCESS;
    byte[] topic = asked.will().get().topic();
    MqttConfig.Limits limits = around.core().config().limits();
    int levels = 1;
    for (byte each : topic) if (each == '/') levels++;
    if (topic.length <= limits.topicBytes() && levels <= limits.topicLevels()) {
      return ReasonCode.SUCCESS;
    }
    around.core().meters().rejected(MqttLimit.TOPIC);
    return ReasonCode.TOPIC_NAME_INVALID;
  }

  /** With a client id, made up where the client leaves that to us; null: it may not. */
  private @Nullable Connect named(Connect asked) {
    int bytes = asked.clientId().getBytes(StandardCharsets.UTF_8).length;
    if (asked.version() == MqttVersion.V3_1) {
      if (bytes < 1) return null;
      if (bytes > around.core().config().protocol().v31ClientIdMax()) {
        around.core().meters().rejected(MqttLimit.CLIENT_ID);
        return null;
      }
    }
    if (bytes > 0) return asked;
    if (!asked.version().rich() && !asked.cleanStart()) return null;
    String id = assigned();
    if (asked.version().rich()) extra.with(PropertyId.ASSIGNED_CLIENT_ID, id);
    return new Connect(
        asked.version(),
        asked.cleanStart(),
        asked.keepAliveSeconds(),
        id,
        asked.will(),
        asked.user(),
        asked.password(),
        asked.properties());
  }

  private String assigned() {
    StringBuilder id = new StringBuilder("fl-");
    byte[] chance = around.randomness().secureBytes(ASSIGNED_CHARACTERS * 2);
    for (int i = 0; i < ASSIGNED_CHARACTERS; i++) {
      int value = (chance[2 * i] & 0xff) << 8 | chance[2 * i + 1] & 0xff;
      id.append(BASE62.charAt(value % BASE62.length()));
    }
    return id.toString();
  }

  private void beginExchange(Connect asked, String wanted) {
    EnhancedAuthenticator authenticator = around.enhanced().get().get(wanted);
    if (authenticator == null) {
      door.refuse(ReasonCode.BAD_AUTHENTICATION_METHOD, asked.version());
      return;
    }
    method = wanted;
    askedOf = authenticator;
    EnhancedAuthenticator.Exchange begun = authenticator.begin(asked.clientId(), remote);
    exchange = begun;
    step(asked, begun, asked.properties().bytes(PropertyId.AUTH_DATA).orElse(null));
  }

  private void step(Connect asked, EnhancedAuthenticator.Exchange running, byte @Nullable [] data) {
    if (++steps > EXCHANGE_STEPS_MAX) {
      door.refuse(ReasonCode.PROTOCOL_ERROR, asked.version());
      return;
    }
    switch (running.next(data)) {
      case EnhancedAuthenticator.Step.Continue(byte[] challenge) ->
          door.challenge(
              new Packet.Auth(
                  ReasonCode.CONTINUE_AUTHENTICATION,
                  Properties.of()
                      .with(PropertyId.AUTH_METHOD, method)
                      .with(PropertyId.AUTH_DATA, challenge)
                      .build()));
      case EnhancedAuthenticator.Step.Accepted(var user, var groups, var last, var by) -> {
        if (!stillKnown()) {
          // What it proved may hold no more; its next try is by what holds now.
          door.refuse(ReasonCode.SERVER_BUSY, asked.version());
          return;
        }
        extra.with(PropertyId.AUTH_METHOD, method);
        last.ifPresent(bytes -> extra.with(PropertyId.AUTH_DATA, bytes));
        known(
            asked,
            by.isEmpty()
                ? new Answer.Accepted(user, groups)
                : new Answer.Accepted(
                    user, groups, by, Optional.empty(), Map.of(), Optional.empty()));
      }
      case EnhancedAuthenticator.Step.Refused(var reason) -> door.refuse(reason, asked.version());
    }
  }

  private static boolean onThisMachine(SocketAddress address) {
    return !(address instanceof InetSocketAddress inet)
        || (inet.getAddress() != null && inet.getAddress().isLoopbackAddress());
  }

  private void authenticate(Connect asked) {
    MqttAuthenticator.Shown shown =
        new MqttAuthenticator.Shown(
            asked.clientId(), asked.user(), asked.password(), remote, local, door.certificate());
    MqttAuthenticator authenticator = around.authenticator().get();
    askedOf = authenticator;
    var _ = // whoever waits is answered by either branch
        authenticator
            .authenticate(shown)
            .whenComplete(
                (answer, failure) ->
                    door.onLoop(
                        () -> {
                          if (failure != null || answer == null) {
                            door.refuse(ReasonCode.SERVER_UNAVAILABLE, asked.version());
                          } else {
                            answered(asked, answer);
                          }
                        }));
  }

  private void answered(Connect asked, Answer answer) {
    if (!stillKnown() && !(answer instanceof Answer.Refused)) {
      authenticate(asked);
      return;
    }
    switch (answer) {
      case Answer.Accepted who -> known(asked, who);
      case Answer.Anonymous _ -> known(asked, NOBODY, Principal.ANONYMOUS);
      case Answer.Refused(var reason) -> door.refuse(reason, asked.version());
    }
  }

  private void known(Connect asked, Answer.Accepted who) {
    Principal principal =
        who.entry()
            .map(entry -> Principal.of(who.user(), entry))
            .orElseGet(() -> around.entitlements().bind(who.user()));
    known(asked, who, principal);
  }

  private void known(Connect asked, Answer.Accepted who, Principal principal) {
    MqttConfig.Protocol rules = around.core().config().protocol();
    ReasonCode verdict = verdict(principal);
    if (verdict.error()) {
      door.refuse(verdict, asked.version());
      return;
    }
    String id = asked.clientId();
    boolean idFits =
        switch (rules.clientIdPolicy()) {
          case ANY -> true;
          case USERNAME_PREFIX -> id.startsWith(principal.id());
          case EQUALS_USERNAME -> id.equals(principal.id());
          case EQUALS_CERTIFICATE_CN ->
              door.certificate().flatMap(CertificateName::common).filter(id::equals).isPresent();
        };
    if (!idFits) {
      door.refuse(ReasonCode.CLIENT_ID_NOT_VALID, asked.version());
      return;
    }
    MqttClient client =
        new MqttClient(id, principal, who.groups(), who.attributes(), who.by(), remote, local);
    if (asked.will().isPresent()) {
      Packet.Will will = asked.will().get();
      boolean may =
          !ReservedTopics.reserved(will.topic(), rules.publishDollar())
              && around
                  .core()
                  .authorizer()
                  .rights(client)
                  .mayPublish(will.topic(), will.qos(), will.retain());
      if (!may) {
        door.refuse(ReasonCode.NOT_AUTHORIZED, asked.version());
        return;
      }
      Hooks hooks = around.core().hooks();
      if (hooks.reviewsWills()) {
        hooks.willSaid(
            client,
            will,
            (kept, reason) -> door.onLoop(() -> willed(client, asked, who, kept, reason)));
        return;
      }
    }
    admit(client, asked, who);
  }

  private void willed(
      MqttClient client,
      Connect asked,
      Answer.Accepted who,
      Optional<Packet.Will> will,
      ReasonCode reason) {
    if (reason.error()) door.refuse(reason, asked.version());
    else admit(client, asked.with(will), who);
  }

  private void admit(MqttClient client, Connect asked, Answer.Accepted who) {
    Properties.Builder told = extra.build().and();
    int keepAlive = keepAlive(asked, around.core().config().protocol(), told);
    door.admit(new Admitted(client, asked, told.build(), keepAlive, who.until()));
  }

  private static int keepAlive(Connect asked, MqttConfig.Protocol rules, Properties.Builder told) {
    int wanted = asked.keepAliveSeconds();
    boolean tooLong = wanted > rules.maxKeepAlive() || wanted == 0 && !rules.unlimitedKeepAlive();
    if (!tooLong || !asked.version().rich()) return wanted;
    int most = Math.min(rules.maxKeepAlive(), KEEP_ALIVE_MAX);
    told.with(PropertyId.SERVER_KEEP_ALIVE, most);
    return most;
  }

  /**
   * Whether those who said who it is still say so to whoever asks: a reload puts others there,
   * which perhaps do not know it.
   */
  private boolean stillKnown() {
    Object now =
        method.isEmpty() ? around.authenticator().get() : around.enhanced().get().get(method);
    return now == askedOf;
  }

  /**
   * For one that was admitted: asks once more who it is, if that may have another answer now; it is
   * then admitted anew, or refused. On the home shard's thread.
   */
  boolean asksAgain() {
    if (stillKnown()) return false;
    door.onLoop(this::again);
    return true;
  }

  private void again() {
    Connect asked = connect;
    if (asked == null) return;
    if (method.isEmpty()) authenticate(asked);
    else door.refuse(ReasonCode.SERVER_BUSY, asked.version());
  }

  /** What the membership of this moment says to that one's coming in. */
  ReasonCode verdict(Principal principal) {
    return switch (around.entitlements().decide(principal, Action.LOGIN)) {
      case Verdict.Allow _ -> ReasonCode.SUCCESS;
      case Verdict.Drain _ -> ReasonCode.SERVER_BUSY;
      case Verdict.Deny _ -> ReasonCode.NOT_AUTHORIZED;
    };
  }
}
