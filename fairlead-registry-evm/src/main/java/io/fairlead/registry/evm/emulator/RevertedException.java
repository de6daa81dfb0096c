package io.fairlead.registry.evm.emulator;

import io.fairlead.registry.evm.abi.Signature;
import java.util.Arrays;
import java.util.HexFormat;

/** The contract refused: a custom error and its arguments, as a node returns them. */
final class RevertedException extends Exception {
  private static final long serialVersionUID = 1;

  private final String data;

  RevertedException(Signature error, Object... arguments) {
    super(error.name() + Arrays.deepToString(shown(arguments)));
    this.data = error.call(arguments);
  }

  /** A call that no function takes: nothing comes back. */
  RevertedException(String why) {
    super(why);
    this.data = "0x";
  }

  private static Object[] shown(Object[] arguments) {
    Object[] shown = new Object[arguments.length];
    for (int i = 0; i < arguments.length; i++) {
      shown[i] =
          arguments[i] instanceof byte[] bytes
              ? "0x" + HexFormat.of().formatHex(bytes)
              : arguments[i];
    }
    return shown;
  }

  /** {@code 0x…}. */
  String data() {
    return data;
  }
}
