package io.fairlead.registry.evm;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.registry.evm.ChainException.Kind;
import io.fairlead.registry.evm.ListedRows.Fingerprint;
import io.fairlead.registry.evm.abi.AbiReader;
import io.fairlead.registry.evm.abi.AbiType;
import io.fairlead.registry.evm.abi.BadAbiException;
import io.fairlead.registry.evm.abi.Signature;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Keccak256;
import io.fairlead.registry.model.Role;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.model.Status;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A contract of somebody's own: one function gives the whole list. */
final class CustomContract implements ListedContract {
  private final Signature getter;
  private final AbiType element;
  private final AbiType.Tuple answer;
  private final Map<String, Integer> places = new HashMap<>();
  private final List<String> topics = new ArrayList<>();

  /**
   * @throws BadAbiException the description does not fit together
   */
  CustomContract(CustomAbi abi) throws BadAbiException {
    this.getter = abi.function();
    this.element = abi.element();
    this.answer = AbiType.parseTuple(abi.returns());
    for (String event : abi.events()) topics.add(Signature.parse(event).topic());
    if (element instanceof AbiType.Tuple tuple) {
      for (Map.Entry<String, String> each : abi.map().entrySet()) place(tuple, each);
      if (!places.containsKey("endpoint") && !places.containsKey("public_key")) {
        throw new BadAbiException("map: one of endpoint, public_key is needed");
      }
    } else if (!(element instanceof AbiType.Octets)) {
      throw new BadAbiException("`" + abi.returns() + "`: a list of texts or tuples is expected");
    }
  }

  private void place(AbiType.Tuple tuple, Map.Entry<String, String> wanted) throws BadAbiException {
    if (!CustomAbi.MEMBERS.contains(wanted.getKey())) {
      throw new BadAbiException("map: no member of an entry is called `" + wanted.getKey() + "`");
    }
    List<AbiType.Member> members = tuple.members();
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).name().equals(wanted.getValue())) {
        places.put(wanted.getKey(), i);
        return;
      }
    }
    throw new BadAbiException("map: the tuple has no member `" + wanted.getValue() + "`");
  }

  @Override
  public List<String> topics() {
    return List.copyOf(topics);
  }

  @Override
  public boolean revisioned() {
    return false;
  }

  @Override
  public void check(EndpointReader endpoint, Header at, Deadline deadline)
      throws ChainException, InterruptedException {
    endpoint.awaitContract(at, deadline);
  }

  @Override
  public Fingerprint fingerprint(EndpointReader endpoint, Header at, Deadline deadline)
      throws ChainException, InterruptedException {
    return fingerprint(endpoint.call(at, getter.call(), deadline));
  }

  private static Fingerprint fingerprint(byte[] list) {
    return new Fingerprint(0, "0x" + HexFormat.of().formatHex(Keccak256.digest(list)), -1);
  }

  @Override
  public ListedRows rows(
      EndpointReader endpoint, Header at, Fingerprint expected, Deadline deadline)
      throws ChainException, InterruptedException {
    byte[] list = endpoint.call(at, getter.call(), deadline);
    if (!fingerprint(list).equals(expected)) {
      throw new ChainException(Kind.MALFORMED, "two answers for one block differ");
    }
    List<?> elements;
    try {
      elements = (List<?>) AbiReader.read(answer, list).getFirst();
    } catch (BadAbiException broken) {
      throw new ChainException(Kind.MALFORMED, broken.getMessage());
    }
    if (elements.size() > Snapshot.ENTRIES_MAX || list.length > Snapshot.BYTES_MAX) {
      throw new ChainException(
          Kind.MALFORMED, elements.size() + " entries in " + list.length + " bytes are too many");
    }
    Map<String, ListedRow> rows = new LinkedHashMap<>();
    for (Object each : elements) {
      ListedRow row = row(each);
      rows.putIfAbsent(row.id(), row);
    }
    return new ListedRows(expected, rows.values());
  }

  private ListedRow row(Object value) {
    Map<String, Object> members = new LinkedHashMap<>();
    List<?> values = element instanceof AbiType.Tuple ? (List<?>) value : List.of(value);
    if (!(element instanceof AbiType.Tuple)) {
      members.put("endpoints", List.of(text((byte[]) value)));
    }
    at(values, "endpoint").ifPresent(v -> members.put("endpoints", List.of(words(v))));
    at(values, "public_key").ifPresent(v -> members.put("public_key", words(v)));
    at(values, "operator").ifPresent(v -> members.put("operator", words(v)));
    at(values, "group").ifPresent(v -> members.put("group", words(v)));
    at(values, "weight").ifPresent(v -> members.put("weight", number(v).longValue()));
    Optional<String> own = at(values, "id").map(CustomContract::words);
    own.ifPresent(id -> members.put("id", id));
    int roles =
        at(values, "roles").map(CustomContract::number).map(BigInteger::intValue).orElse(Role.ALL);
    int status = at(values, "status").map(CustomContract::status).orElse(Status.ACTIVE.code());
    BigInteger until =
        at(values, "valid_until").map(CustomContract::number).orElse(BigInteger.ZERO);
    String id =
        own.orElseGet(
            () ->
                Entry.idOf(
                    members.getOrDefault("endpoints", "") + "|" + members.get("public_key")));
    String all = id + members + roles + "|" + status + "|" + until;
    byte[] mark = Keccak256.digest(all.getBytes(StandardCharsets.UTF_8));
    return new ListedRow(id, new BigInteger(1, mark), roles, status, until, members);
  }

  private Optional<Object> at(List<?> values, String member) {
    Integer place = places.get(member);
    return place == null ? Optional.empty() : Optional.of(values.get(place));
  }

  /** A contract that only knows "in" has a bool. */
  private static int status(Object value) {
    if (value instanceof Boolean in) return in ? Status.ACTIVE.code() : Status.REVOKED.code();
    if (value instanceof byte[] octets) {
      return Status.of(text(octets)).map(Status::code).orElse(0);
    }
    BigInteger number = number(value);
    return number.bitLength() < Integer.SIZE ? number.intValue() : 0;
  }

  private static BigInteger number(Object value) {
    return switch (value) {
      case BigInteger number -> number;
      case Boolean bit -> bit ? BigInteger.ONE : BigInteger.ZERO;
      case byte[] octets when octets.length <= 32 -> new BigInteger(1, octets);
      default -> BigInteger.ZERO;
    };
  }

  /** Text as text; ids, addresses and keys in hex. */
  private static String words(Object value) {
    return switch (value) {
      case byte[] octets when printable(octets) -> text(octets);
      case byte[] octets -> "0x" + HexFormat.of().formatHex(octets);
      default -> String.valueOf(value);
    };
  }

  private static boolean printable(byte[] octets) {
    for (byte octet : octets) if (octet < ' ' || octet > '~') return false;
    return octets.length > 0;
  }

  private static String text(byte[] octets) {
    return new String(octets, StandardCharsets.UTF_8);
  }
}
