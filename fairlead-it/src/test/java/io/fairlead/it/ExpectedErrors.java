package io.fairlead.it;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Errors that a test class provokes, which {@link NothingUnhandled} therefore lets pass. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface ExpectedErrors {
  /** Their messages, whole. */
  String[] value();
}
