/**
 * The broker in the control API.
 *
 * <p>Start with {@link MqttArea}.
 */
@NullMarked
package io.fairlead.app.mqtt;

import org.jspecify.annotations.NullMarked;
