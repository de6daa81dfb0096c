package io.fairlead.registry.evm.emulator;

import io.fairlead.registry.evm.abi.AbiReader;
import io.fairlead.registry.evm.abi.AbiType;
import io.fairlead.registry.evm.abi.AbiWriter;
import io.fairlead.registry.evm.abi.BadAbiException;
import io.fairlead.registry.evm.abi.Signature;
import io.fairlead.registry.evm.contract.ProxyRow;
import io.fairlead.registry.evm.contract.RegistryAbi;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code ProxyRegistry} without a virtual machine: the same calls, answers, events and errors.
 * Every check comes before the first change, so a refused call changes nothing. Not thread-safe:
 * owned by its chain.
 */
final class EmulatedContract {
  /** Something the contract told. */
  record Event(List<String> topics, String data) {}

  /** Who calls, and in which block. */
  record Message(byte[] sender, long block, long time) {}

  private static final BigInteger WORD = BigInteger.TWO.pow(256);
  private static final int ACTIVE = 1;
  private static final int REVOKED = 3;
  private static final int ROLES_ALL = 127;
  private static final int PAGE_MAX = 500;

  private static final byte[] ADMIN = new byte[32];
  private static final byte[] REGISTRAR = role("REGISTRAR_ROLE");
  private static final byte[] GUARDIAN = role("GUARDIAN_ROLE");

  private static final Signature UNAUTHORIZED = Signature.of("Unauthorized(address,bytes32)");
  private static final Signature UNKNOWN = Signature.of("UnknownProxy(bytes32)");
  private static final Signature EXISTS = Signature.of("AlreadyExists(bytes32)");
  private static final Signature BAD_ENDPOINT = Signature.of("InvalidEndpoint()");
  private static final Signature TOO_LONG = Signature.of("FieldTooLong()");
  private static final Signature BAD_STATUS = Signature.of("InvalidStatus(uint8)");
  private static final Signature BAD_ROLES = Signature.of("InvalidRoles(uint32)");
  private static final Signature PAGE_TOO_LARGE = Signature.of("PageTooLarge(uint256)");
  private static final Signature LAST_ADMIN = Signature.of("LastAdmin()");

  private static final Signature ROLE_GRANTED =
      Signature.of("RoleGranted(bytes32,address,address)");
  private static final Signature ROLE_REVOKED =
      Signature.of("RoleRevoked(bytes32,address,address)");

  private static final AbiType.Tuple NUMBER = AbiType.tuple("(uint256)");
  private static final AbiType.Tuple BOOL = AbiType.tuple("(bool)");
  private static final AbiType.Tuple STRINGS = AbiType.tuple("(string[])");
  private static final AbiType.Tuple ONE_ROW =
      new AbiType.Tuple(List.of(new AbiType.Member("", ProxyRow.TYPE)));
  private static final AbiType.Tuple PAGE =
      new AbiType.Tuple(
          List.of(
              new AbiType.Member("page", new AbiType.Array(ProxyRow.TYPE)),
              new AbiType.Member("total", new AbiType.Int(false, 256)),
              new AbiType.Member("revision", new AbiType.Int(false, 64))));
  private static final AbiType.Tuple LISTED = AbiType.tuple("(uint32,string,uint64)");
  private static final AbiType.Tuple MOVED = AbiType.tuple("(uint8,uint8,uint64)");
  private static final AbiType.Tuple GONE = AbiType.tuple("(uint64)");

  private static final Set<String> READING =
      Set.of(
          hex(RegistryAbi.REVISION.selector()),
          hex(RegistryAbi.DIGEST.selector()),
          hex(RegistryAbi.COUNT.selector()),
          hex(RegistryAbi.GET_PROXIES.selector()),
          hex(RegistryAbi.GET_PROXY.selector()),
          hex(RegistryAbi.GET_ENDPOINTS.selector()),
          hex(RegistryAbi.SUPPORTS_INTERFACE.selector()));

  /** One function of the contract; returns the encoded answer. */
  @FunctionalInterface
  private interface Function {
    byte[] run(Message message, List<Object> arguments) throws RevertedException;
  }

  private record Callable(Signature signature, Function function) {}

  private static final byte[] NOTHING = {};

  private final Map<String, Callable> functions = new HashMap<>();
  private final List<ProxyRow> rows = new ArrayList<>();
  private final Map<String, Integer> places = new HashMap<>();
  private final Map<String, Set<String>> members = new LinkedHashMap<>();
  private List<Event> told = new ArrayList<>();
  private BigInteger digest = BigInteger.ZERO;
  private long revision;

  /**
   * Deploys it.
   *
   * @param admin gets all three roles
   */
  EmulatedContract(byte[] admin, byte[] sender) {
    this();
    for (byte[] role : List.of(ADMIN, REGISTRAR, GUARDIAN)) grant(role, admin, sender);
  }

  private EmulatedContract() {
    reading();
    changing();
    roles();
  }

  /** The same, to be changed apart from this one. */
  EmulatedContract copy() {
    EmulatedContract copy = new EmulatedContract();
    copy.rows.addAll(rows);
    copy.places.putAll(places);
    members.forEach((role, accounts) -> copy.members.put(role, new HashSet<>(accounts)));
    copy.digest = digest;
    copy.revision = revision;
    return copy;
  }

  /** What was told since this was asked last. */
  List<Event> takeEvents() {
    List<Event> events = told;
    told = new ArrayList<>();
    return events;
  }

  /** Whether a call of this data changes nothing, whoever calls. */
  static boolean onlyReads(byte[] data) {
    return data.length >= 4 && READING.contains(hex(Arrays.copyOf(data, 4)));
  }

  /** Runs a function; {@code data} is selector and arguments. */
  byte[] call(Message message, byte[] data) throws RevertedException {
    if (data.length < 4) throw new RevertedException("no function is called");
    Callable callable = functions.get(hex(Arrays.copyOf(data, 4)));
    if (callable == null) throw new RevertedException("no such function");
    List<Object> arguments;
    try {
      arguments =
          callable.signature().inputs().members().isEmpty()
              ? List.of()
              : AbiReader.read(
                  callable.signature().inputs(), Arrays.copyOfRange(data, 4, data.length));
    } catch (BadAbiException wrong) {
      throw new RevertedException(String.valueOf(wrong.getMessage()));
    }
    return callable.function().run(message, arguments);
  }

  private void define(Signature signature, Function function) {
    functions.put(hex(signature.selector()), new Callable(signature, function));
  }

  private void define(String signature, Function function) {
    define(Signature.of(signature), function);
  }

  // ---- reading ----------------------------------------------------------------------------

  private void reading() {
    define(RegistryAbi.REVISION, (_, _) -> number(revision));
    define(RegistryAbi.DIGEST, (_, _) -> word(digest));
    define(RegistryAbi.COUNT, (_, _) -> number(rows.size()));
    define(
        RegistryAbi.GET_PROXIES,
        (_, arguments) -> page(number(arguments, 0), number(arguments, 1)));
    define(
        RegistryAbi.GET_PROXY,
        (_, arguments) -> AbiWriter.write(ONE_ROW, List.of(row(octets(arguments, 0)).values())));
    define(
        RegistryAbi.GET_ENDPOINTS,
        (message, arguments) -> endpoints(message, number(arguments, 0).intValue()));
    define(
        RegistryAbi.SUPPORTS_INTERFACE,
        (_, arguments) -> {
          String id = hex(octets(arguments, 0));
          return bool(id.equals(RegistryAbi.INTERFACE_ID) || id.equals("01ffc9a7"));
        });
  }

  private byte[] page(BigInteger offset, BigInteger limit) throws RevertedException {
    if (limit.signum() == 0 || limit.compareTo(BigInteger.valueOf(PAGE_MAX)) > 0) {
      throw new RevertedException(PAGE_TOO_LARGE, limit);
    }
    int from = offset.min(BigInteger.valueOf(rows.size())).intValueExact();
    int to = Math.min(rows.size(), from + limit.intValueExact());
    List<Object> page = new ArrayList<>();
    for (ProxyRow row : rows.subList(from, to)) page.add(row.values());
    return AbiWriter.write(
        PAGE, List.of(page, BigInteger.valueOf(rows.size()), BigInteger.valueOf(revision)));
  }

  private byte[] endpoints(Message message, int mask) {
    List<Object> found = new ArrayList<>();
    for (ProxyRow row : rows) {
      BigInteger until = row.validUntil();
      boolean lasts =
          until.signum() == 0 || until.compareTo(BigInteger.valueOf(message.time())) > 0;
      if (row.status() == ACTIVE && (row.roles() & mask) != 0 && lasts) {
        found.add(row.values().get(7));
      }
    }
    return AbiWriter.write(STRINGS, List.of(found));
  }

  // ---- changing entries -------------------------------------------------------------------

  private void changing() {
    define(RegistryAbi.ADD, this::add);
    define(RegistryAbi.UPDATE, this::update);
    define(RegistryAbi.SET_STATUS, this::setStatus);
    define(RegistryAbi.REVOKE_BATCH, this::revokeBatch);
    define(RegistryAbi.REMOVE, this::remove);
  }

  private byte[] add(Message message, List<Object> arguments) throws RevertedException {
    require(REGISTRAR, message.sender());
    byte[] id = octets(arguments, 0);
    if (Arrays.equals(id, new byte[32]) || places.containsKey(hex(id))) {
      throw new RevertedException(EXISTS, (Object) id);
    }
    checkRoles(number(arguments, 2));
    checkTexts(arguments, 5);
    List<Object> values = new ArrayList<>(arguments.subList(0, 3));
    values.add(BigInteger.valueOf(ACTIVE));
    values.addAll(arguments.subList(3, 5));
    values.add(BigInteger.valueOf(message.block()));
    values.addAll(arguments.subList(5, 8));
    places.put(hex(id), rows.size());
    rows.add(null);
    ProxyRow row = settle(rows.size() - 1, values);
    listed(RegistryAbi.PROXY_ADDED, row);
    return NOTHING;
  }

  private byte[] update(Message message, List<Object> arguments) throws RevertedException {
    ProxyRow before = row(octets(arguments, 0));
    BigInteger wanted = number(arguments, 1);
    boolean own = operates(message, before) && wanted.equals(BigInteger.valueOf(before.roles()));
    if (!has(REGISTRAR, message.sender()) && !own) throw unauthorized(message, REGISTRAR);
    if (before.status() == REVOKED) throw badStatus(REVOKED);
    checkRoles(wanted);
    checkTexts(arguments, 4);
    List<Object> values = new ArrayList<>(before.values());
    values.set(2, wanted);
    values.set(4, arguments.get(2));
    values.set(5, arguments.get(3));
    values.set(6, BigInteger.valueOf(message.block()));
    for (int i = 0; i < 3; i++) values.set(7 + i, arguments.get(4 + i));
    listed(RegistryAbi.PROXY_UPDATED, replace(before, values));
    return NOTHING;
  }

  private byte[] setStatus(Message message, List<Object> arguments) throws RevertedException {
    ProxyRow before = row(octets(arguments, 0));
    int status = number(arguments, 1).intValue();
    if (status < ACTIVE || status > REVOKED) throw badStatus(status);
    if (!has(REGISTRAR, message.sender())) {
      if (status == REVOKED) require(GUARDIAN, message.sender());
      else if (!operates(message, before) || before.status() == REVOKED) {
        throw unauthorized(message, REGISTRAR);
      }
    }
    if (status == before.status()) throw badStatus(status);
    move(message, before, status);
    return NOTHING;
  }

  private byte[] revokeBatch(Message message, List<Object> arguments) throws RevertedException {
    if (!has(REGISTRAR, message.sender())) require(GUARDIAN, message.sender());
    List<?> ids = (List<?>) arguments.getFirst();
    for (Object id : ids) row((byte[]) id); // all of them or none
    for (Object id : ids) {
      ProxyRow row = row((byte[]) id);
      if (row.status() != REVOKED) move(message, row, REVOKED);
    }
    return NOTHING;
  }

  private byte[] remove(Message message, List<Object> arguments) throws RevertedException {
    byte[] id = octets(arguments, 0);
    ProxyRow gone = row(id);
    boolean own = operates(message, gone) && gone.status() != REVOKED;
    if (!has(REGISTRAR, message.sender()) && !own) throw unauthorized(message, REGISTRAR);
    int place = places.getOrDefault(hex(id), 0);
    places.remove(hex(id));
    ProxyRow last = rows.removeLast();
    if (place < rows.size()) {
      rows.set(place, last);
      places.put(last.id().substring(2), place);
    }
    digest = digest.subtract(gone.leaf()).mod(WORD);
    revision++;
    tell(RegistryAbi.PROXY_REMOVED, List.of(gone.id()), GONE, List.of(at()));
    return NOTHING;
  }

  private void move(Message message, ProxyRow before, int status) {
    List<Object> values = new ArrayList<>(before.values());
    values.set(3, BigInteger.valueOf(status));
    values.set(6, BigInteger.valueOf(message.block()));
    replace(before, values);
    tell(
        RegistryAbi.PROXY_STATUS_CHANGED,
        List.of(before.id()),
        MOVED,
        List.of(BigInteger.valueOf(before.status()), BigInteger.valueOf(status), at()));
  }

  private ProxyRow replace(ProxyRow before, List<Object> values) {
    digest = digest.subtract(before.leaf()).mod(WORD);
    return settle(places.getOrDefault(before.id().substring(2), 0), values);
  }

  private ProxyRow settle(int place, List<Object> values) {
    ProxyRow row = ProxyRow.of(List.copyOf(values));
    rows.set(place, row);
    digest = digest.add(row.leaf()).mod(WORD);
    revision++;
    return row;
  }

  // ---- roles ------------------------------------------------------------------------------

  private void roles() {
    define(
        "hasRole(bytes32,address)",
        (_, arguments) -> bool(has(octets(arguments, 0), octets(arguments, 1))));
    define(
        "grantRole(bytes32,address)",
        (message, arguments) -> {
          require(ADMIN, message.sender());
          grant(octets(arguments, 0), octets(arguments, 1), message.sender());
          return NOTHING;
        });
    define(
        "revokeRole(bytes32,address)",
        (message, arguments) -> {
          require(ADMIN, message.sender());
          withdraw(octets(arguments, 0), octets(arguments, 1), message.sender());
          return NOTHING;
        });
    define(
        "renounceRole(bytes32,address)",
        (message, arguments) -> {
          byte[] role = octets(arguments, 0);
          if (!Arrays.equals(octets(arguments, 1), message.sender())) {
            throw unauthorized(message, role);
          }
          withdraw(role, message.sender(), message.sender());
          return NOTHING;
        });
    define("DEFAULT_ADMIN_ROLE()", (_, _) -> ADMIN.clone());
    define("REGISTRAR_ROLE()", (_, _) -> REGISTRAR.clone());
    define("GUARDIAN_ROLE()", (_, _) -> GUARDIAN.clone());
  }

  private void grant(byte[] role, byte[] account, byte[] sender) {
    if (!members.computeIfAbsent(hex(role), _ -> new HashSet<>()).add(hex(account))) return;
    told.add(
        new Event(List.of(ROLE_GRANTED.topic(), topic(role), topic(account), topic(sender)), "0x"));
  }

  private void withdraw(byte[] role, byte[] account, byte[] sender) throws RevertedException {
    if (!has(role, account)) return;
    Set<String> accounts = members.getOrDefault(hex(role), new HashSet<>());
    if (Arrays.equals(role, ADMIN) && accounts.size() == 1) throw new RevertedException(LAST_ADMIN);
    accounts.remove(hex(account));
    told.add(
        new Event(List.of(ROLE_REVOKED.topic(), topic(role), topic(account), topic(sender)), "0x"));
  }

  private boolean has(byte[] role, byte[] account) {
    return members.getOrDefault(hex(role), Set.of()).contains(hex(account));
  }

  private void require(byte[] role, byte[] account) throws RevertedException {
    if (!has(role, account)) throw new RevertedException(UNAUTHORIZED, account, role);
  }

  private static RevertedException unauthorized(Message message, byte[] role) {
    return new RevertedException(UNAUTHORIZED, message.sender(), role);
  }

  private static boolean operates(Message message, ProxyRow row) {
    return Arrays.equals((byte[]) row.values().get(1), message.sender());
  }

  // ---- checks and words -------------------------------------------------------------------

  private ProxyRow row(byte[] id) throws RevertedException {
    Integer place = places.get(hex(id));
    if (place == null) throw new RevertedException(UNKNOWN, (Object) id);
    return rows.get(place);
  }

  private static void checkRoles(BigInteger roles) throws RevertedException {
    if (roles.signum() == 0 || roles.compareTo(BigInteger.valueOf(ROLES_ALL)) > 0) {
      throw new RevertedException(BAD_ROLES, roles);
    }
  }

  /** Endpoint, key and group. */
  private static void checkTexts(List<Object> arguments, int first) throws RevertedException {
    int endpoint = octets(arguments, first).length;
    if (endpoint == 0 || endpoint > 255) throw new RevertedException(BAD_ENDPOINT);
    boolean fits =
        octets(arguments, first + 1).length <= 128 && octets(arguments, first + 2).length <= 64;
    if (!fits) throw new RevertedException(TOO_LONG);
  }

  private static RevertedException badStatus(int status) {
    return new RevertedException(BAD_STATUS, BigInteger.valueOf(status));
  }

  private void listed(Signature event, ProxyRow row) {
    tell(
        event,
        List.of(row.id(), topic((byte[]) row.values().get(1))),
        LISTED,
        List.of(BigInteger.valueOf(row.roles()), row.values().get(7), at()));
  }

  private void tell(Signature event, List<String> indexed, AbiType.Tuple type, List<?> values) {
    List<String> topics = new ArrayList<>(List.of(event.topic()));
    topics.addAll(indexed);
    told.add(new Event(List.copyOf(topics), "0x" + hex(AbiWriter.write(type, values))));
  }

  private BigInteger at() {
    return BigInteger.valueOf(revision);
  }

  private static String topic(byte[] value) {
    return "0x" + "0".repeat(64 - 2 * value.length) + hex(value);
  }

  private static byte[] role(String name) {
    return io.fairlead.registry.model.Keccak256.digest(name.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] number(long value) {
    return AbiWriter.write(NUMBER, List.of(BigInteger.valueOf(value)));
  }

  private static byte[] word(BigInteger value) {
    return AbiWriter.write(NUMBER, List.of(value));
  }

  private static byte[] bool(boolean value) {
    return AbiWriter.write(BOOL, List.of(value));
  }

  private static BigInteger number(List<Object> arguments, int index) {
    return (BigInteger) arguments.get(index);
  }

  private static byte[] octets(List<Object> arguments, int index) {
    return (byte[]) arguments.get(index);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
