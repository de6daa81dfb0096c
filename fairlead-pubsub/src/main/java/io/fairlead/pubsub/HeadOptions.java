package io.fairlead.pubsub;

/** How headers are told. */
public record HeadOptions(DeliveryLevel level, LagPolicy onLag) {
  /** Holes are filled after trouble, and nothing is lost. */
  public static final HeadOptions DEFAULT =
      new HeadOptions(DeliveryLevel.RESUMED, LagPolicy.REFILL);

  /** As the server sends them. */
  public static final HeadOptions RAW = new HeadOptions(DeliveryLevel.RAW, LagPolicy.SIGNAL);
}
