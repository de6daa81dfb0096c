package io.fairlead.mqtt.extension;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Called on an event loop, or on the thread another extension answered on: must answer at once, for
 * all other clients of that loop wait. What takes time has a call of its own that returns a {@link
 * java.util.concurrent.CompletionStage}.
 */
@Documented
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface NonBlocking {}
