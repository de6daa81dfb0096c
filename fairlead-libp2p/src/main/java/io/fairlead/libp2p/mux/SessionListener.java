package io.fairlead.libp2p.mux;

/** Who uses a session. Called on the session's owner only. */
public interface SessionListener {
  /**
   * The peer opened a stream. It counts into the backlog until {@link YamuxStream#accept} or the
   * first bytes of ours.
   *
   * @param stream to be kept; nothing is to be called on it before this returns
   */
  StreamSink inbound(YamuxStream stream);

  /** The peer takes no new streams; those there are may finish. */
  void peerLeaves();

  /** The session is over; the last call. What was written before is to be flushed, then closed. */
  void ended(SessionEnd end);
}
