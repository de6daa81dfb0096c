/**
 * Topics: what is a valid name or filter, who subscribed to it, and what is retained under it.
 *
 * <p>Start with {@link io.fairlead.mqtt.topic.TopicFilter} (the wildcard rules), then {@link
 * io.fairlead.mqtt.topic.TopicTree} (subscriptions) and its {@link io.fairlead.mqtt.topic.Matcher}
 * (one per event loop), then {@link io.fairlead.mqtt.topic.SharedGroup} and {@link
 * io.fairlead.mqtt.topic.RetainedTree}.
 *
 * <p>Flow: a topic's bytes → {@code Matcher} → {@link io.fairlead.mqtt.topic.Matches}: every
 * receiver once, with what it was granted, and every shared group. Nothing here does I/O, reads a
 * clock or knows a channel.
 *
 * <p>Invariants: a published tree never changes; a reader takes one root and needs no lock; a
 * change copies the path to its node only, and a node's children are a hash trie, so that it costs
 * the same under a million siblings as under ten. Topics are compared as UTF-8 bytes, never
 * normalised. Hashes are keyed, so that no peer can choose names that collide.
 *
 * <p>Spec: MQTT 5.0 §3.8.3, §4.7, §4.8.2; MQTT 3.1.1 §4.7.
 */
@NullMarked
package io.fairlead.mqtt.topic;

import org.jspecify.annotations.NullMarked;
