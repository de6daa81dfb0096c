/**
 * Extensions of the broker: code of others that looks at clients, messages, subscriptions and
 * wills, and uses the broker from within.
 *
 * <p>Start with {@link io.fairlead.mqtt.extension.MqttExtension} (what an extension is and may
 * offer) and {@link io.fairlead.mqtt.extension.BrokerServices} (what it is given). {@link
 * io.fairlead.mqtt.extension.Extensions} makes, exchanges and ends them, each a {@code Loaded};
 * {@code Asked} puts the broker's questions to those in force; {@code JarLoader} keeps the classes
 * of one apart from all others.
 *
 * <p>Flow: a client comes → authenticator, {@code ConnectInterceptor}, {@code WillInterceptor};
 * publishes → {@code PublishInterceptor}, {@code PublishReviewer}; is sent a message → {@code
 * PublishInterceptor}; subscribes → {@code SubscribeInterceptor}, {@code SubscribeReviewer}.
 * Several are asked in their order; the first that says no ends it.
 *
 * <p>Invariants: an extension that throws or is slow never harms a connection's thread: an answer
 * that does not come in time, or an exception, counts as what the extension said it should; what an
 * extension does is counted by its name. One that is stopped is not asked any more.
 */
@NullMarked
package io.fairlead.mqtt.extension;

import org.jspecify.annotations.NullMarked;
