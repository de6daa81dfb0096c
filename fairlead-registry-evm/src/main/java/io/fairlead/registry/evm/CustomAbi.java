package io.fairlead.registry.evm;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.registry.evm.abi.AbiType;
import io.fairlead.registry.evm.abi.BadAbiException;
import io.fairlead.registry.evm.abi.Signature;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How the list of somebody's own contract is read.
 *
 * @param getter called without arguments
 * @param returns what it gives: a list of texts, or a list of tuples
 * @param map name of a member of an entry → name of a member of the tuple
 * @param events after which the list may differ
 */
record CustomAbi(String getter, String returns, Map<String, String> map, List<String> events) {
  /** Members of an entry that a tuple's member may be mapped to. */
  static final Set<String> MEMBERS =
      Set.of(
          "id",
          "operator",
          "roles",
          "status",
          "endpoint",
          "public_key",
          "group",
          "weight",
          "valid_until");

  static final RecordType<CustomAbi> TYPE =
      RecordType.define(
          "registry_evm_abi",
          "A contract of your own instead of ProxyRegistry: one function that returns the whole"
              + " list. It has no revision and no digest, so a part of a list or an invented one"
              + " cannot be told from the list.",
          fields -> {
            Field<String> getter =
                fields
                    .key("getter", Types.string(), "The function, without arguments.")
                    .example("getProxies()")
                    .required();
            Field<String> returns =
                fields
                    .key(
                        "returns",
                        Types.string(),
                        "What it returns: a list of texts, or of tuples with named members.")
                    .example("(string endpoint, uint8 status)[]")
                    .orElse("string[]");
            Field<Map<String, String>> map =
                fields
                    .key(
                        "map",
                        Types.stringMap(),
                        "Member of an entry (id, operator, roles, status, endpoint, public_key,"
                            + " group, weight, valid_until) to the tuple's member of that meaning.")
                    .orElse(Map.of());
            Field<List<String>> events =
                fields
                    .key(
                        "events",
                        Types.listOf(Types.string()),
                        "Events after which the list may differ; without them it is read at each"
                            + " block.")
                    .example("[ \"ProxyAdded(string)\" ]")
                    .orElse(List.of());
            fields.check(
                (values, checks) -> {
                  try {
                    new CustomContract(
                        new CustomAbi(
                            values.get(getter),
                            values.get(returns),
                            values.get(map),
                            values.get(events)));
                  } catch (BadAbiException wrong) {
                    checks.error(
                        returns,
                        Codes.UNFIT,
                        wrong.getMessage(),
                        "write types as in Solidity, e.g. `(string endpoint, uint8 status)[]`");
                  }
                });
            return values ->
                new CustomAbi(
                    values.get(getter), values.get(returns), values.get(map), values.get(events));
          });

  CustomAbi {
    map = Map.copyOf(map);
    events = List.copyOf(events);
  }

  Signature function() throws BadAbiException {
    Signature signature = Signature.parse(getter);
    if (!signature.inputs().members().isEmpty()) {
      throw new BadAbiException("`" + getter + "`: a function without arguments is expected");
    }
    return signature;
  }

  /** The elements of the list it returns. */
  AbiType element() throws BadAbiException {
    AbiType.Tuple answer = AbiType.parseTuple(returns);
    if (answer.members().size() == 1
        && answer.members().getFirst().type() instanceof AbiType.Array array) {
      return array.element();
    }
    throw new BadAbiException("`" + returns + "`: one list is expected, such as string[]");
  }
}
