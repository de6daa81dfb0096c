package io.fairlead.control.http;

import java.time.Duration;

/** A body that is sent piece by piece for as long as its reader stays. */
@FunctionalInterface
public interface Feed {
  /** Begins; on the connection's event loop, which the feed must never block. */
  void open(Outlet outlet);

  /** Where the pieces go. All methods but {@link #execute} on the connection's event loop. */
  interface Outlet {
    /** Runs it on the event loop; any thread; dropped once the reader is gone. */
    void execute(Runnable task);

    /** Runs it later on the event loop, unless the reader is gone by then. */
    void after(Duration delay, Runnable task);

    /** Sends a piece; the array is not changed afterwards. */
    void write(byte[] piece);

    /** Lets what was written go out. */
    void flush();

    /** Whether the reader keeps up; write no more until {@link #onWritable} says so. */
    boolean writable();

    void onWritable(Runnable listener);

    /** Runs once when the reader is gone. */
    void onEnd(Runnable listener);
  }
}
