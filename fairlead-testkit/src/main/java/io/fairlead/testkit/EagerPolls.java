package io.fairlead.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.pollinterval.PollInterval;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Makes every {@code await()} look soon and then less and less often: at once, after 2 ms, 3 ms, 5
 * ms and so on up to 100 ms. Awaitility's own pace, 100 ms before each look, was a tenth of the
 * time of all tests. Waits half a minute where a test names no time: what is not seen by then on a
 * busy machine is not late but absent. JUnit finds it by itself wherever the testkit is on the
 * class path.
 */
public final class EagerPolls implements BeforeAllCallback {
  private static final Duration FIRST = Duration.ofMillis(2);
  private static final Duration LONGEST = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final PollInterval PACE = (_, previous) -> after(previous);

  static {
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(PACE);
    Awaitility.setDefaultTimeout(PATIENCE);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    // Loading this class set the pace.
  }

  /** The pause after one that took {@code previous}: half as long again. */
  static Duration after(Duration previous) {
    if (previous.compareTo(FIRST) < 0) return FIRST;
    Duration next = previous.multipliedBy(3).dividedBy(2);
    return next.compareTo(LONGEST) < 0 ? next : LONGEST;
  }
}
