package io.fairlead.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Fails a test that costs this process more than it may, whatever else the test shows. Meant for
 * attacks: what the attackers of the test spend themselves counts as well, so that the bound is
 * above the victim's share. {@link CostWatch} measures.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(CostWatch.class)
public @interface CostsAtMost {
  /** Processor time of all threads that run Java, in milliseconds; not the time of a clock. */
  int processorMillis();

  /** What stays in use of the heap when the test ends, before it closes anything, in mebibytes. */
  int heapMebi();
}
