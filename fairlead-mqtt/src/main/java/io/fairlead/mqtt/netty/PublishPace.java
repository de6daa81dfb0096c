package io.fairlead.mqtt.netty;

import io.fairlead.core.access.Principal;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.delivery.BrokerCore;
import org.jspecify.annotations.Nullable;

/**
 * How fast one client may publish: by itself, with the others of its account, and with all who came
 * by its listener. Confined to the connection's event loop.
 */
final class PublishPace {
  private final Surroundings around;
  private final BrokerCore core;
  private final Pace own = new Pace();
  private @Nullable String account;
  private @Nullable String listener;
  private SharedPaces.@Nullable Shared ofAccount;
  private SharedPaces.@Nullable Shared ofListener;

  PublishPace(Surroundings around) {
    this.around = around;
    this.core = around.core();
  }

  void join(Principal principal, String by) {
    if (!principal.equals(Principal.ANONYMOUS)) {
      account = principal.id();
      ofAccount = around.accounts().join(principal.id());
    }
    listener = by;
    ofListener = around.listeners().join(by);
  }

  void leave() {
    MqttConfig.UserLimits user = core.config().limits().perUser();
    MqttConfig.ListenerLimits door = core.config().limits().perListener();
    long now = core.clock().nanos();
    if (account != null) {
      around.accounts().leave(account, user.publishRate(), user.publishBytes(), now);
    }
    if (listener != null) {
      around.listeners().leave(listener, door.publishRate(), door.publishBytes(), now);
    }
    account = null;
    listener = null;
    ofAccount = null;
    ofListener = null;
  }

  /**
   * It published so much.
   *
   * @return nanoseconds it is not to be read; 0: it may go on
   */
  long take(int messages, int bytes) {
    MqttConfig.Limits limits = core.config().limits();
    long now = core.clock().nanos();
    long wait = own.take(limits.publishRate(), limits.publishBytes(), now, messages, bytes);
    if (wait > 0) core.meters().rejected(MqttLimit.PUBLISH_RATE);
    MqttConfig.UserLimits user = limits.perUser();
    MqttConfig.ListenerLimits door = limits.perListener();
    if (ofAccount != null) {
      long ours = ofAccount.take(user.publishRate(), user.publishBytes(), now, messages, bytes);
      if (ours > 0) core.meters().rejected(MqttLimit.USER_PUBLISH_RATE);
      wait = Math.max(wait, ours);
    }
    if (ofListener != null) {
      long all = ofListener.take(door.publishRate(), door.publishBytes(), now, messages, bytes);
      if (all > 0) core.meters().rejected(MqttLimit.LISTENER_PUBLISH_RATE);
      wait = Math.max(wait, all);
    }
    return wait;
  }
}
