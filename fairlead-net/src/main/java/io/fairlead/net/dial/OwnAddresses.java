package io.fairlead.net.dial;

import java.net.InetSocketAddress;

/** Which addresses are our own listeners; any thread, the answer follows the running listeners. */
public interface OwnAddresses {
  /** No address is ours: for programs without listeners. */
  OwnAddresses NONE =
      new OwnAddresses() {
        @Override
        public boolean isOwn(InetSocketAddress address) {
          return false;
        }

        @Override
        public boolean isControl(InetSocketAddress address) {
          return false;
        }
      };

  /** Whether this process listens there, counting wildcard binds. */
  boolean isOwn(InetSocketAddress address);

  /** Whether the control API listens there. */
  boolean isControl(InetSocketAddress address);
}
