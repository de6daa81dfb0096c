package io.fairlead.it.mqtt;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The numbered statements of the standards that a test shows to hold. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface Statement {
  /** Of MQTT 3.1.1, without the leading {@code MQTT-}. */
  String[] v3() default {};

  /** Of MQTT 5.0, without the leading {@code MQTT-}. */
  String[] v5() default {};
}
