/**
 * MQTT on the wire: bytes and packets of versions 3.1, 3.1.1 and 5.0.
 *
 * <p>Start with {@link FrameReader} (bytes in, packets out), then {@link Packet} (what there is),
 * {@link PacketDecoder} (what is checked) and {@link PacketEncoder}.
 *
 * <p>Invariants: the type, flags and size of a frame are checked before anything is kept of it; a
 * packet that was decoded is well-formed and legal for its direction; no input makes it throw
 * anything but {@link MqttCodecException}; nothing here keeps a reference to a buffer it was lent.
 *
 * <p>Spec: MQTT 3.1, MQTT 3.1.1 and MQTT 5.0, §§1.5, 2 and 3.
 */
@NullMarked
package io.fairlead.mqtt.codec;

import org.jspecify.annotations.NullMarked;
