package io.fairlead.mqtt.netty;

import io.fairlead.mqtt.EnhancedAuthenticator;
import io.fairlead.mqtt.EnhancedAuthenticator.Step;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.Connection;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A connected client proves once more who it is, by the method it connected with; its traffic goes
 * on meanwhile. Who proves to be somebody else is refused; groups are those of the last proof.
 *
 * <pre>
 * idle       --AUTH 0x19-->  exchanging  (AUTH 0x18)
 * exchanging --AUTH 0x18-->  exchanging, or idle (AUTH 0x00), or broken
 * any        --else-->       broken
 * </pre>
 *
 * One owner: the channel's event loop.
 *
 * @see <a href="https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html#_Toc3901257">MQTT
 *     5.0 §4.12.1</a>
 */
final class Renewal {
  private static final int STEPS_MAX = 8;

  /** What follows from a packet. */
  sealed interface Outcome {
    /**
     * @param groups the client is in from now on; empty: those it was in
     */
    record Say(Packet.Auth packet, Optional<Set<String>> groups) implements Outcome {}

    record Broken(ReasonCode reason) implements Outcome {}
  }

  private final Surroundings around;
  private EnhancedAuthenticator.@Nullable Exchange exchange;
  private int steps;

  Renewal(Surroundings around) {
    this.around = around;
  }

  Outcome accept(Connection of, Packet.Auth packet) {
    Optional<String> method = of.connect().properties().text(PropertyId.AUTH_METHOD);
    boolean same =
        method.isPresent() && packet.properties().text(PropertyId.AUTH_METHOD).equals(method);
    if (!same) return new Outcome.Broken(ReasonCode.PROTOCOL_ERROR);
    EnhancedAuthenticator.Exchange running = exchange;
    if (packet.reason() == ReasonCode.REAUTHENTICATE && running == null) {
      EnhancedAuthenticator authenticator = around.enhanced().get().get(method.get());
      if (authenticator == null) return new Outcome.Broken(ReasonCode.BAD_AUTHENTICATION_METHOD);
      running = authenticator.begin(of.client().clientId(), of.client().remote());
      steps = 0;
    } else if (packet.reason() != ReasonCode.CONTINUE_AUTHENTICATION || running == null) {
      return new Outcome.Broken(ReasonCode.PROTOCOL_ERROR);
    }
    if (++steps > STEPS_MAX) return new Outcome.Broken(ReasonCode.PROTOCOL_ERROR);
    exchange = running;
    return switch (running.next(packet.properties().bytes(PropertyId.AUTH_DATA).orElse(null))) {
      case Step.Continue(byte[] data) ->
          say(
              ReasonCode.CONTINUE_AUTHENTICATION,
              method.get(),
              Optional.of(data),
              Optional.empty());
      case Step.Accepted(var user, var groups, var data, var _) -> {
        exchange = null;
        String id = around.entitlements().bind(user).id();
        yield id.equals(of.client().principal().id())
            ? say(ReasonCode.SUCCESS, method.get(), data, Optional.of(groups))
            : new Outcome.Broken(ReasonCode.NOT_AUTHORIZED);
      }
      case Step.Refused(var reason) -> new Outcome.Broken(reason);
    };
  }

  private static Outcome say(
      ReasonCode reason, String method, Optional<byte[]> data, Optional<Set<String>> groups) {
    Properties.Builder properties = Properties.of().with(PropertyId.AUTH_METHOD, method);
    data.ifPresent(bytes -> properties.with(PropertyId.AUTH_DATA, bytes));
    return new Outcome.Say(new Packet.Auth(reason, properties.build()), groups);
  }
}
