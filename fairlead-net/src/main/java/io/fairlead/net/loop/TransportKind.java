package io.fairlead.net.loop;

/** How the event loops wait for the kernel. */
public enum TransportKind {
  /** The first available of epoll, kqueue and NIO. */
  AUTO,
  EPOLL,
  KQUEUE,
  NIO,
  /** Only on request; falls back to {@link #AUTO} where the kernel or its policy forbids it. */
  IO_URING
}
