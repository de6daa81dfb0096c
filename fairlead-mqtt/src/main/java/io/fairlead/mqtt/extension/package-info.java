/**
 * Extensions of the broker: code of others that looks at clients, messages and subscriptions, and
 * uses the broker from within.
 *
 * <p>Start with {@link io.fairlead.mqtt.extension.MqttExtension} (what an extension is) and {@link
 * io.fairlead.mqtt.extension.BrokerServices} (what it is given); {@link
 * io.fairlead.mqtt.extension.Extensions} runs them.
 *
 * <p>Flow: a client comes → {@code ConnectInterceptor}; publishes → {@code PublishInterceptor};
 * subscribes → {@code SubscribeInterceptor}. Several are asked in their order; the first that says
 * no ends it.
 *
 * <p>Invariants: an extension that throws or is slow never harms a connection's thread: an answer
 * that does not come in time, or an exception, counts as what the extension said it should; what an
 * extension does is counted by its name.
 */
@NullMarked
package io.fairlead.mqtt.extension;

import org.jspecify.annotations.NullMarked;
