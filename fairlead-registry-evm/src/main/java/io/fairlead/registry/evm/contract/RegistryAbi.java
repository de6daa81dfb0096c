package io.fairlead.registry.evm.contract;

import io.fairlead.registry.evm.abi.AbiReader;
import io.fairlead.registry.evm.abi.AbiType;
import io.fairlead.registry.evm.abi.BadAbiException;
import io.fairlead.registry.evm.abi.Signature;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Calls of {@code ProxyRegistry}, its answers and its events. */
public final class RegistryAbi {
  /** Xor of the selectors of the six functions a reader needs (ERC-165). */
  public static final String INTERFACE_ID = "eb2c22ac";

  public static final Signature REVISION = Signature.of("revision()");
  public static final Signature DIGEST = Signature.of("digest()");
  public static final Signature COUNT = Signature.of("count()");
  public static final Signature GET_PROXIES = Signature.of("getProxies(uint256,uint256)");
  public static final Signature GET_PROXY = Signature.of("getProxy(bytes32)");
  public static final Signature GET_ENDPOINTS = Signature.of("getEndpoints(uint32)");
  public static final Signature SUPPORTS_INTERFACE = Signature.of("supportsInterface(bytes4)");
  public static final Signature ADD =
      Signature.of("add(bytes32,address,uint32,uint16,uint64,string,bytes,string)");
  public static final Signature UPDATE =
      Signature.of("update(bytes32,uint32,uint16,uint64,string,bytes,string)");
  public static final Signature SET_STATUS = Signature.of("setStatus(bytes32,uint8)");
  public static final Signature REVOKE_BATCH = Signature.of("revokeBatch(bytes32[])");
  public static final Signature REMOVE = Signature.of("remove(bytes32)");

  public static final Signature PROXY_ADDED =
      Signature.of(
          "ProxyAdded(bytes32 indexed id,address indexed operator,uint32 roles,string endpoint,"
              + "uint64 revision)");
  public static final Signature PROXY_UPDATED =
      Signature.of(
          "ProxyUpdated(bytes32 indexed id,address indexed operator,uint32 roles,string endpoint,"
              + "uint64 revision)");
  public static final Signature PROXY_STATUS_CHANGED =
      Signature.of(
          "ProxyStatusChanged(bytes32 indexed id,uint8 previousStatus,uint8 newStatus,"
              + "uint64 revision)");
  public static final Signature PROXY_REMOVED =
      Signature.of("ProxyRemoved(bytes32 indexed id,uint64 revision)");

  /** First topics of everything that changes an entry; each has the entry's id as its second. */
  public static final List<String> TOPICS =
      List.of(
          PROXY_ADDED.topic(),
          PROXY_UPDATED.topic(),
          PROXY_STATUS_CHANGED.topic(),
          PROXY_REMOVED.topic());

  private static final AbiType.Tuple UINT64 = AbiType.tuple("(uint64)");
  private static final AbiType.Tuple UINT256 = AbiType.tuple("(uint256)");
  private static final AbiType.Tuple BYTES32 = AbiType.tuple("(bytes32)");
  private static final AbiType.Tuple BOOL = AbiType.tuple("(bool)");
  private static final AbiType.Tuple PAGE =
      new AbiType.Tuple(
          List.of(
              new AbiType.Member("page", new AbiType.Array(ProxyRow.TYPE)),
              new AbiType.Member("total", new AbiType.Int(false, 256)),
              new AbiType.Member("revision", new AbiType.Int(false, 64))));

  /**
   * One page.
   *
   * @param total entries the contract holds
   * @param revision at which it was read
   */
  public record Page(List<ProxyRow> rows, BigInteger total, BigInteger revision) {
    public Page {
      rows = List.copyOf(rows);
    }
  }

  private RegistryAbi() {}

  /** Reads {@code revision()}. */
  public static BigInteger revision(byte[] answer) throws BadAbiException {
    return (BigInteger) AbiReader.read(UINT64, answer).getFirst();
  }

  /** Reads {@code count()}. */
  public static BigInteger count(byte[] answer) throws BadAbiException {
    return (BigInteger) AbiReader.read(UINT256, answer).getFirst();
  }

  /** Reads {@code digest()}, as {@code 0x} and 64 hex digits. */
  public static String digest(byte[] answer) throws BadAbiException {
    return "0x" + HexFormat.of().formatHex((byte[]) AbiReader.read(BYTES32, answer).getFirst());
  }

  /** Reads {@code supportsInterface(bytes4)}. */
  public static boolean supported(byte[] answer) throws BadAbiException {
    return (Boolean) AbiReader.read(BOOL, answer).getFirst();
  }

  /** Reads {@code getProxies(uint256,uint256)}. */
  public static Page page(byte[] answer) throws BadAbiException {
    List<Object> values = AbiReader.read(PAGE, answer);
    List<ProxyRow> rows = new ArrayList<>();
    for (Object row : (List<?>) values.get(0)) rows.add(ProxyRow.of(List.copyOf((List<?>) row)));
    return new Page(rows, (BigInteger) values.get(1), (BigInteger) values.get(2));
  }

  /** What {@code digest()} is for these rows: the sum of their leaves modulo 2^256. */
  public static String digestOf(List<ProxyRow> rows) {
    BigInteger sum = BigInteger.ZERO;
    for (ProxyRow row : rows) sum = sum.add(row.leaf());
    byte[] bytes = sum.mod(BigInteger.TWO.pow(256)).toByteArray();
    byte[] word = new byte[AbiType.WORD];
    int length = Math.min(bytes.length, word.length);
    System.arraycopy(bytes, bytes.length - length, word, word.length - length, length);
    return "0x" + HexFormat.of().formatHex(word);
  }
}
