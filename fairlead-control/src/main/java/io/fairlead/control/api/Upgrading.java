package io.fairlead.control.api;

import java.util.concurrent.CompletionStage;

/** Replaces the running process by a new one. Implemented by the composition root; any thread. */
@FunctionalInterface
public interface Upgrading {
  /** Completes when it is decided which process serves. */
  CompletionStage<UpgradeResult> upgrade(UpgradeRequest request);
}
