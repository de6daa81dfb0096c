package io.fairlead.net.loop;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What a descriptor that came with the process is: which kind of bound socket, and where it is
 * bound. Linux only; the numbers are those of its headers and the same on every architecture we
 * ship for.
 */
public sealed interface GivenDescriptor {
  /**
   * A listening TCP socket.
   *
   * @param both an IPv6 socket that takes IPv4 too (RFC 3493 §5.3)
   */
  record Tcp(InetAddress address, int port, boolean both) implements GivenDescriptor {}

  /** A bound UDP socket; {@code both} as above. */
  record Udp(InetAddress address, int port, boolean both) implements GivenDescriptor {}

  /** A listening stream socket in the file system. */
  record Unix(String path) implements GivenDescriptor {}

  int SOL_SOCKET = 1;
  int SO_TYPE = 3;
  int SO_ACCEPTCONN = 30;
  int SO_DOMAIN = 39;
  int IPPROTO_IPV6 = 41;
  int IPV6_V6ONLY = 26;
  int AF_UNIX = 1;
  int AF_INET = 2;
  int AF_INET6 = 10;
  int SOCK_STREAM = 1;
  int SOCK_DGRAM = 2;
  int F_GETFL = 3;
  int F_SETFL = 4;
  int O_NONBLOCK = 0x800;

  /**
   * Looks at a descriptor; it stays the caller's.
   *
   * @return empty when it is no bound socket of these kinds
   * @throws IOException it is no socket, or this machine does not let us look
   */
  static Optional<GivenDescriptor> look(int descriptor) throws IOException {
    if (!Epoll.isAvailable()) throw new IOException("transport epoll is not available here");
    Socket socket;
    try {
      socket = new Socket(descriptor);
    } catch (ChannelException notOne) {
      throw new IOException("not a socket", notOne);
    }
    int domain = socket.getIntOpt(SOL_SOCKET, SO_DOMAIN);
    int type = socket.getIntOpt(SOL_SOCKET, SO_TYPE);
    boolean listens = socket.getIntOpt(SOL_SOCKET, SO_ACCEPTCONN) != 0;
    if (domain == AF_UNIX) {
      DomainSocketAddress bound = socket.localDomainSocketAddress();
      boolean named = bound != null && bound.path().startsWith("/");
      return type == SOCK_STREAM && listens && named
          ? Optional.of(new Unix(bound.path()))
          : Optional.empty();
    }
    if (domain != AF_INET && domain != AF_INET6) return Optional.empty();
    InetSocketAddress bound = socket.localAddress();
    if (bound == null || bound.getPort() == 0) return Optional.empty();
    boolean both = domain == AF_INET6 && socket.getIntOpt(IPPROTO_IPV6, IPV6_V6ONLY) == 0;
    if (type == SOCK_STREAM && listens) {
      return Optional.of(new Tcp(bound.getAddress(), bound.getPort(), both));
    }
    return type == SOCK_DGRAM
        ? Optional.of(new Udp(bound.getAddress(), bound.getPort(), both))
        : Optional.empty();
  }

  /**
   * Lets no call on it wait: an event loop that accepts until nobody is left would wait for ever.
   *
   * @throws IOException the system refused
   */
  @SuppressWarnings("restricted") // the launcher allows native access
  static void unblock(int descriptor) throws IOException {
    try {
      Linker linker = Linker.nativeLinker();
      MethodHandle fcntl =
          linker.downcallHandle(
              linker.defaultLookup().findOrThrow("fcntl"),
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
              Linker.Option.firstVariadicArg(2));
      int flags = (int) fcntl.invokeExact(descriptor, F_GETFL, 0);
      int done = flags < 0 ? -1 : (int) fcntl.invokeExact(descriptor, F_SETFL, flags | O_NONBLOCK);
      if (done < 0) throw new IOException("descriptor " + descriptor + " stays blocking");
    } catch (IOException refused) {
      throw refused;
    } catch (Throwable notHere) {
      if (notHere instanceof Error serious && !(notHere instanceof LinkageError)) throw serious;
      throw new IOException("descriptor " + descriptor + " stays blocking", notHere);
    }
  }
}
