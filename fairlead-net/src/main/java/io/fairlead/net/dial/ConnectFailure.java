package io.fairlead.net.dial;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.netty.channel.ConnectTimeoutException;
import java.io.FileNotFoundException;
import java.net.NoRouteToHostException;
import java.util.Locale;

/**
 * Sorts the failures of a connect by what the kernel said. The transports keep the error number to
 * themselves and only pass on its text, so the text has to be read.
 */
final class ConnectFailure {
  private ConnectFailure() {}

  static DialException of(Destination destination, Throwable cause) {
    String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    String place = destination.toString();
    if (cause instanceof ConnectTimeoutException || text.contains("timed out")) {
      return new DialException.TimedOut(destination, place + ": no answer in time");
    }
    if (cause instanceof FileNotFoundException || text.contains("no such file")) {
      return new DialException.Refused(destination, place + ": no such socket");
    }
    if (text.contains("refused") || text.contains("reset")) {
      return new DialException.Refused(destination, place + ": connection refused");
    }
    if (text.contains("too many open files")
        || text.contains("cannot assign requested address")
        || text.contains("no buffer space")
        || text.contains("cannot allocate memory")) {
      return new DialException.Exhausted(destination, place + ": out of descriptors or ports");
    }
    if (text.contains("no route to host") || text.contains("host is unreachable")) {
      return new DialException.Unreachable(destination, false, place + ": host unreachable");
    }
    // The native transports throw this one, with the bare address as text, for ENETUNREACH alone.
    if (cause instanceof NoRouteToHostException || text.contains("network is unreachable")) {
      return new DialException.Unreachable(destination, true, place + ": network unreachable");
    }
    return new DialException.Unreachable(destination, false, place + ": cannot be reached");
  }
}
