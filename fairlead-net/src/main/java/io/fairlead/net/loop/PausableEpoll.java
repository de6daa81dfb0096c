package io.fairlead.net.loop;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.ThreadAwareExecutor;

/**
 * Epoll for channels that are told not to read. Netty 4.2.18 falls short there in two ways, both
 * pinned by the splice's tests of an early end:
 *
 * <ul>
 *   <li>EPOLLRDHUP stays requested while reading is off, and the peer's FIN then delivers data that
 *       nobody asked for. Here it is requested only together with EPOLLIN, which reports the FIN
 *       just as well once reading is on. A reset is reported always.
 *   <li>An empty set of events removes the descriptor, and asking for events again fails with
 *       ENOENT and closes the channel. Here an empty set becomes EPOLLET alone: the descriptor
 *       stays, and edge triggering keeps a hang-up from waking the loop for ever.
 * </ul>
 */
final class PausableEpoll implements IoHandler {
  private final IoHandler epoll;

  private PausableEpoll(IoHandler epoll) {
    this.epoll = epoll;
  }

  static IoHandlerFactory factory() {
    IoHandlerFactory factory = EpollIoHandler.newFactory();
    return new IoHandlerFactory() {
      @Override
      public IoHandler newHandler(ThreadAwareExecutor executor) {
        return new PausableEpoll(factory.newHandler(executor));
      }

      @Override
      public boolean isChangingThreadSupported() {
        return factory.isChangingThreadSupported();
      }
    };
  }

  @Override
  public void initialize() {
    epoll.initialize();
  }

  @Override
  public int run(IoHandlerContext context) {
    return epoll.run(context);
  }

  @Override
  public void prepareToDestroy() {
    epoll.prepareToDestroy();
  }

  @Override
  public void destroy() {
    epoll.destroy();
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return new Registration(epoll.register(handle));
  }

  @Override
  public void wakeup() {
    epoll.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return epoll.isCompatible(handleType);
  }

  private record Registration(IoRegistration epoll) implements IoRegistration {
    @Override
    public <T> T attachment() {
      return epoll.attachment();
    }

    @Override
    public long submit(IoOps ops) {
      return epoll.submit(ops instanceof EpollIoOps wanted ? kept(wanted) : ops);
    }

    @Override
    public boolean isValid() {
      return epoll.isValid();
    }

    @Override
    public boolean cancel() {
      return epoll.cancel();
    }

    private static EpollIoOps kept(EpollIoOps wanted) {
      if (wanted.contains(EpollIoOps.EPOLLIN)) return wanted;
      EpollIoOps ops = wanted.without(EpollIoOps.EPOLLRDHUP);
      return ops.equals(EpollIoOps.NONE) ? EpollIoOps.EPOLLET : ops;
    }
  }
}
