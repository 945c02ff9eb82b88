#include "stub/cli/completion.h"

#include <CLI/CLI.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace danebound {
namespace {

// What a value is, as far as a shell can complete it.
enum class ValueKind : uint8_t { kWords, kFile, kFolder, kOther };

ValueKind KindOf(const ArgumentForm& form) {
  if (!form.words.empty()) return ValueKind::kWords;
  if (form.value == "FILE" || form.value == "PATH") return ValueKind::kFile;
  return form.value == "FOLDER" ? ValueKind::kFolder : ValueKind::kOther;
}

// OneOf keeps its words in the name of its validator, which others do not have.
std::vector<std::string> WordsOf(CLI::Option& option) {
  try {
    for (int i = 0;; ++i) {
      const std::string name = option.get_validator(i)->get_name();
      if (!name.empty()) return absl::StrSplit(name, '|');
    }
  } catch (const CLI::OptionNotFound&) {  // there are no more
    return {};
  }
}

ArgumentForm FormOf(const CLI::Option& option) {
  ArgumentForm form;
  const bool is_option = !option.get_positional();
  if (is_option) {
    for (const std::string& name : option.get_lnames()) {
      form.names.push_back(absl::StrCat("--", name));
    }
    for (const std::string& name : option.get_snames()) {
      form.names.push_back(absl::StrCat("-", name));
    }
    if (option.get_items_expected_max() > 0) {
      form.value = option.get_type_name();
    }
  } else {
    form.names = {option.get_name(true)};
    form.value = form.names[0];
  }
  form.words = WordsOf(const_cast<CLI::Option&>(option));
  form.description = option.get_description();
  return form;
}

std::string Joined(const std::vector<std::string>& path) {
  return absl::StrJoin(path, " ");
}

// In single quotes, for bash and zsh; fish has `\'` within them instead.
std::string Quoted(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

std::string QuotedForFish(absl::string_view text) {
  return absl::StrCat(
      "'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

// Up to the first point that ends a clause: completion has one line for it.
std::string Brief(const std::string& description) {
  const size_t end = description.find_first_of(";:");
  return description.substr(0, end);
}

// "danebound tlsa"|"danebound tlsa create": where the word after may be.
std::string Places(const std::vector<const CommandForm*>& all) {
  std::vector<std::string> places;
  for (const CommandForm* each : all) {
    if (each->path.size() > 1) places.push_back(Quoted(Joined(each->path)));
  }
  return absl::StrJoin(places, "|");
}

// The patterns under which each option's value comes: 'danebound tlsa --host'.
std::string BeforeValue(const CommandForm& command, const ArgumentForm& form) {
  return absl::StrJoin(
      form.names, "|", [&](std::string* out, const std::string& name) {
        absl::StrAppend(out,
                        Quoted(absl::StrCat(Joined(command.path), " ", name)));
      });
}

std::vector<std::string> NamesOf(const std::vector<CommandForm>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CommandForm& each : commands) names.push_back(each.path.back());
  return names;
}

std::vector<std::string> OptionNames(const CommandForm& command) {
  std::vector<std::string> names;
  for (const ArgumentForm& each : command.options) {
    names.insert(names.end(), each.names.begin(), each.names.end());
  }
  return names;
}

std::string BashValue(const ArgumentForm& form) {
  switch (KindOf(form)) {
    case ValueKind::kWords:
      return absl::StrCat("words=", Quoted(absl::StrJoin(form.words, " ")));
    case ValueKind::kFile:
      return "kind=-f";
    case ValueKind::kFolder:
      return "kind=-d";
    case ValueKind::kOther:
      return "return";
  }
  return "return";
}

// What may stand there when no option wants its value.
std::string BashWord(const CommandForm& command) {
  std::vector<std::string> words = NamesOf(command.commands);
  std::string kind;
  for (const ArgumentForm& each : command.positionals) {
    words.insert(words.end(), each.words.begin(), each.words.end());
    if (KindOf(each) == ValueKind::kFile) kind = " kind=-f";
  }
  return absl::StrCat(
      "options=", Quoted(absl::StrJoin(OptionNames(command), " ")),
      " words=", Quoted(absl::StrJoin(words, " ")), kind);
}

std::string ZshValue(const ArgumentForm& form) {
  switch (KindOf(form)) {
    case ValueKind::kWords:
      return absl::StrCat("compadd -- ", absl::StrJoin(form.words, " "));
    case ValueKind::kFile:
      return "_files";
    case ValueKind::kFolder:
      return "_path_files -/";
    case ValueKind::kOther:
      return absl::StrCat("_message ", Quoted(form.value));
  }
  return "";
}

// 'name:what it does' for _describe.
std::string ZshItem(const std::string& name, const std::string& description) {
  return Quoted(absl::StrCat(name, ":", Brief(description)));
}

std::string ZshOptions(const CommandForm& command) {
  std::vector<std::string> items;
  for (const ArgumentForm& each : command.options) {
    for (const std::string& name : each.names) {
      items.push_back(ZshItem(name, each.description));
    }
  }
  return absl::StrJoin(items, " ");
}

std::string ZshWord(const CommandForm& command) {
  std::string lines;
  if (!command.commands.empty()) {
    std::vector<std::string> items;
    for (const CommandForm& each : command.commands) {
      items.push_back(ZshItem(each.path.back(), each.description));
    }
    absl::StrAppend(&lines, "      items=(", absl::StrJoin(items, " "), ")\n",
                    "      _describe command items\n");
  }
  for (const ArgumentForm& each : command.positionals) {
    absl::StrAppend(&lines, "      ", ZshValue(each), "\n");
  }
  return lines;
}

// The flags of fish's complete for the value of an option.
std::string FishValue(const ArgumentForm& form) {
  if (form.value.empty()) return "";
  switch (KindOf(form)) {
    case ValueKind::kWords:
      return absl::StrCat(" -x -a ",
                          QuotedForFish(absl::StrJoin(form.words, " ")));
    case ValueKind::kFile:
      return " -r -F";
    case ValueKind::kFolder:
      return " -x -a '(__fish_complete_directories)'";
    case ValueKind::kOther:
      return " -x";
  }
  return " -x";
}

std::string FishNames(const ArgumentForm& form) {
  std::string flags;
  for (const std::string& name : form.names) {
    absl::StrAppend(&flags, absl::StartsWith(name, "--")
                                ? absl::StrCat(" -l ", name.substr(2))
                                : absl::StrCat(" -s ", name.substr(1)));
  }
  return flags;
}

// All lines of one command.
std::string FishLines(const CommandForm& command) {
  const std::string at = absl::StrCat(
      "complete -c danebound -n '__danebound_at ", Joined(command.path), "'");
  std::string lines;
  for (const CommandForm& each : command.commands) {
    absl::StrAppend(&lines, at, " -a ", each.path.back(), " -d ",
                    QuotedForFish(Brief(each.description)), "\n");
  }
  for (const ArgumentForm& each : command.positionals) {
    if (KindOf(each) == ValueKind::kOther) continue;
    absl::StrAppend(&lines, at,
                    KindOf(each) == ValueKind::kWords ? FishValue(each) : " -F",
                    "\n");
  }
  for (const ArgumentForm& each : command.options) {
    absl::StrAppend(&lines, at, FishNames(each), FishValue(each), " -d ",
                    QuotedForFish(Brief(each.description)), "\n");
  }
  return lines;
}

}  // namespace

CommandForm FormOf(const CLI::App& command,
                   const std::vector<std::string>& path) {
  CommandForm form;
  form.path = path;
  form.path.push_back(command.get_name());
  form.description = command.get_description();
  form.footer = command.get_footer();
  for (const CLI::Option* option : command.get_options()) {
    (option->get_positional() ? form.positionals : form.options)
        .push_back(FormOf(*option));
  }
  const auto any = [](const CLI::App*) { return true; };
  for (const CLI::App* each : command.get_subcommands(any)) {
    form.commands.push_back(FormOf(*each, form.path));
  }
  return form;
}

std::vector<const CommandForm*> AllOf(const CommandForm& command) {
  std::vector<const CommandForm*> all = {&command};
  for (const CommandForm& each : command.commands) {
    for (const CommandForm* below : AllOf(each)) all.push_back(below);
  }
  return all;
}

std::string BashCompletion(const CommandForm& danebound) {
  const std::vector<const CommandForm*> all = AllOf(danebound);
  std::string values;
  std::string words;
  for (const CommandForm* command : all) {
    for (const ArgumentForm& each : command->options) {
      if (each.value.empty()) continue;
      absl::StrAppend(&values, "    ", BeforeValue(*command, each), ") ",
                      BashValue(each), " ;;\n");
    }
    absl::StrAppend(&words, "    ", Quoted(Joined(command->path)), ") ",
                    BashWord(*command), " ;;\n");
  }
  return absl::StrCat(
      "# Completion of danebound for bash, made by: danebound completion bash\n"
      "_danebound() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} last=$((COMP_CWORD - 1))\n"
      "  local place=danebound options= words= kind= i\n"
      "  COMPREPLY=()\n"
      "  # --option=value is three words here.\n"
      "  if [ \"$word\" = = ]; then\n"
      "    word=\n"
      "  elif [ \"${COMP_WORDS[last]}\" = = ]; then\n"
      "    last=$((last - 1))\n"
      "  fi\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"$place ${COMP_WORDS[i]}\" in\n"
      "      ",
      Places(all),
      ") place=\"$place ${COMP_WORDS[i]}\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$place ${COMP_WORDS[last]}\" in\n",
      values, "    *) case \"$place\" in\n", words,
      "    esac ;;\n"
      "  esac\n"
      "  [[ $word == -* ]] && words=$options kind=\n"
      "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\"\n"
      "                           [ -z \"$kind\" ] || "
      "compgen \"$kind\" -- \"$word\")\n"
      "  [ -z \"$kind\" ] || compopt -o filenames 2> /dev/null\n"
      "}\n"
      "complete -F _danebound danebound\n");
}

std::string ZshCompletion(const CommandForm& danebound) {
  const std::vector<const CommandForm*> all = AllOf(danebound);
  std::string values;
  std::string options;
  std::string words;
  for (const CommandForm* command : all) {
    const std::string place = Quoted(Joined(command->path));
    for (const ArgumentForm& each : command->options) {
      if (each.value.empty()) continue;
      absl::StrAppend(&values, "    (", BeforeValue(*command, each), ") ",
                      ZshValue(each), "; return ;;\n");
    }
    absl::StrAppend(&options, "      (", place, ") items=(",
                    ZshOptions(*command), ") ;;\n");
    absl::StrAppend(&words, "    (", place, ")\n", ZshWord(*command),
                    "      ;;\n");
  }
  return absl::StrCat(
      "#compdef danebound\n"
      "# Completion of danebound for zsh, made by: danebound completion zsh\n"
      "_danebound() {\n"
      "  local place=danebound i\n"
      "  local -a items\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n"
      "    case \"$place ${words[i]}\" in\n"
      "      (",
      Places(all),
      ") place=\"$place ${words[i]}\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$place ${words[CURRENT-1]}\" in\n",
      values,
      "  esac\n"
      "  if [[ ${words[CURRENT]} == -* ]]; then\n"
      "    case $place in\n",
      options,
      "    esac\n"
      "    _describe -o option items\n"
      "    return\n"
      "  fi\n"
      "  case $place in\n",
      words,
      "  esac\n"
      "}\n"
      "if [ \"$funcstack[1]\" = _danebound ]; then\n"
      "  _danebound \"$@\"\n"
      "else\n"
      "  compdef _danebound danebound\n"
      "fi\n");
}

std::string FishCompletion(const CommandForm& danebound) {
  const std::vector<const CommandForm*> all = AllOf(danebound);
  std::string lines;
  for (const CommandForm* command : all) {
    absl::StrAppend(&lines, FishLines(*command));
  }
  std::vector<std::string> places;
  for (const CommandForm* each : all) {
    if (each->path.size() > 1) {
      places.push_back(QuotedForFish(Joined(each->path)));
    }
  }
  return absl::StrCat(
      "# Completion of danebound for fish, made by: danebound completion fish\n"
      "function __danebound_at\n"
      "  set -l place danebound\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    switch \"$place $word\"\n"
      "      case ",
      absl::StrJoin(places, " "),
      "\n"
      "        set place \"$place $word\"\n"
      "    end\n"
      "  end\n"
      "  test \"$place\" = \"$argv\"\n"
      "end\n"
      "complete -c danebound -f\n",
      lines);
}

}  // namespace danebound
