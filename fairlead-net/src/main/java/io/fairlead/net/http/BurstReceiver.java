package io.fairlead.net.http;

/** A body receiver that passes data on and wants to flush once per read burst of the client. */
public interface BurstReceiver extends BodyReceiver {
  /** The connection has no more bytes for now. */
  void onBurstEnd();
}
