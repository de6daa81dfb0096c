package io.fairlead.pubsub;

/** The block tag up to which logs are told. */
public enum Finality {
  LATEST,
  SAFE,
  FINALIZED;

  /** As JSON-RPC writes it. */
  public String tag() {
    return switch (this) {
      case LATEST -> "latest";
      case SAFE -> "safe";
      case FINALIZED -> "finalized";
    };
  }
}
