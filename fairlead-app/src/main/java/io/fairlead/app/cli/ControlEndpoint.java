package io.fairlead.app.cli;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** A door of a running gateway. */
sealed interface ControlEndpoint {
  SocketAddress address();

  StandardProtocolFamily family();

  /** The value of the {@code Host} field. */
  String host();

  /** A unix socket: the peer's uid is the credential. */
  record Socket(Path path) implements ControlEndpoint {
    @Override
    public SocketAddress address() {
      return UnixDomainSocketAddress.of(path);
    }

    @Override
    public StandardProtocolFamily family() {
      return StandardProtocolFamily.UNIX;
    }

    @Override
    public String host() {
      return "localhost";
    }

    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /** A TCP port: a token is needed, except for the short paths from the own machine and uid. */
  record Port(String name, int port) implements ControlEndpoint {
    @Override
    public SocketAddress address() {
      return new InetSocketAddress(name, port);
    }

    @Override
    public StandardProtocolFamily family() {
      return name.indexOf(':') >= 0 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }

    @Override
    public String host() {
      return (name.indexOf(':') >= 0 ? "[" + name + "]" : name) + ":" + port;
    }

    @Override
    public String toString() {
      return "http://" + host();
    }
  }

  /** Reads {@code unix:PATH}, {@code http://HOST:PORT}, {@code HOST:PORT} or {@code :PORT}. */
  static Optional<ControlEndpoint> parse(String text, Path workingDir) {
    if (text.toLowerCase(Locale.ROOT).startsWith("unix:")) {
      String path = text.substring("unix:".length()).replaceFirst("^//(?=/)", "");
      try {
        return path.isEmpty()
            ? Optional.empty()
            : Optional.of(new Socket(workingDir.resolve(path)));
      } catch (InvalidPathException notAPath) {
        return Optional.empty();
      }
    }
    String authority = text.startsWith("http://") ? text : "http://" + text;
    authority = authority.replaceFirst("^http://:", "http://127.0.0.1:");
    try {
      URI uri = new URI(authority);
      if (uri.getHost() == null || uri.getPort() < 1 || uri.getPort() > 65_535) {
        return Optional.empty();
      }
      String host = uri.getHost().replaceAll("[\\[\\]]", "");
      return Optional.of(new Port(host, uri.getPort()));
    } catch (URISyntaxException notAnAddress) {
      return Optional.empty();
    }
  }
}
