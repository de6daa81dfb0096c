package io.fairlead.registry.evm.emulator;

/** What a call gets instead of a result (JSON-RPC 2.0 §5.1). */
final class RpcErrorException extends Exception {
  private static final long serialVersionUID = 1;

  static final int UNKNOWN_METHOD = -32601;
  static final int BAD_PARAMS = -32602;
  static final int REFUSED = -32000;
  static final int REVERTED = 3;

  private final int code;
  private final String data;

  RpcErrorException(int code, String message) {
    this(code, message, "");
  }

  /**
   * @param data what the contract returned, {@code 0x…}; empty when it was not the contract
   */
  RpcErrorException(int code, String message, String data) {
    super(message);
    this.code = code;
    this.data = data;
  }

  int code() {
    return code;
  }

  String data() {
    return data;
  }
}
