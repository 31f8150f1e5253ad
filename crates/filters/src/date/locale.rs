//! Names of months in languages other than English.
//!
//! Names are compared letter by letter without accents and without regard to case, so `fevrier` is
//! as good as `Février`. Behind a short name there may be a full stop.

/// A language: its code, and for each month the names that it goes by, longer ones first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Language {
    code: &'static str,
    months: [&'static str; 12],
}

/// The names of a month stand with spaces between them.
const LANGUAGES: [Language; 15] = [
    Language {
        code: "cs",
        months: [
            "leden ledna led",
            "unor unora uno",
            "brezen brezna bre",
            "duben dubna dub",
            "kveten kvetna kve",
            "cerven cervna cvn",
            "cervenec cervence cvc",
            "srpen srpna srp",
            "zari zar",
            "rijen rijna rij",
            "listopad listopadu lis",
            "prosinec prosince pro",
        ],
    },
    Language {
        code: "da",
        months: [
            "januar jan",
            "februar feb",
            "marts mar",
            "april apr",
            "maj",
            "juni jun",
            "juli jul",
            "august aug",
            "september sep",
            "oktober okt",
            "november nov",
            "december dec",
        ],
    },
    Language {
        code: "de",
        months: [
            "januar janner jan",
            "februar feber feb",
            "marz maerz mrz mar",
            "april apr",
            "mai",
            "juni jun",
            "juli jul",
            "august aug",
            "september sept sep",
            "oktober okt",
            "november nov",
            "dezember dez",
        ],
    },
    Language {
        code: "es",
        months: [
            "enero ene",
            "febrero feb",
            "marzo mar",
            "abril abr",
            "mayo may",
            "junio jun",
            "julio jul",
            "agosto ago",
            "septiembre setiembre sept sep set",
            "octubre oct",
            "noviembre nov",
            "diciembre dic",
        ],
    },
    Language {
        code: "fi",
        months: [
            "tammikuuta tammikuu tammi",
            "helmikuuta helmikuu helmi",
            "maaliskuuta maaliskuu maalis",
            "huhtikuuta huhtikuu huhti",
            "toukokuuta toukokuu touko",
            "kesakuuta kesakuu kesa",
            "heinakuuta heinakuu heina",
            "elokuuta elokuu elo",
            "syyskuuta syyskuu syys",
            "lokakuuta lokakuu loka",
            "marraskuuta marraskuu marras",
            "joulukuuta joulukuu joulu",
        ],
    },
    Language {
        code: "fr",
        months: [
            "janvier janv jan",
            "fevrier fevr fev",
            "mars mar",
            "avril avr",
            "mai",
            "juin",
            "juillet juil",
            "aout aou",
            "septembre sept sep",
            "octobre oct",
            "novembre nov",
            "decembre dec",
        ],
    },
    Language {
        code: "hu",
        months: [
            "januar jan",
            "februar febr feb",
            "marcius marc mar",
            "aprilis apr",
            "majus maj",
            "junius jun",
            "julius jul",
            "augusztus aug",
            "szeptember szept",
            "oktober okt",
            "november nov",
            "december dec",
        ],
    },
    Language {
        code: "it",
        months: [
            "gennaio gen",
            "febbraio feb",
            "marzo mar",
            "aprile apr",
            "maggio mag",
            "giugno giu",
            "luglio lug",
            "agosto ago",
            "settembre set",
            "ottobre ott",
            "novembre nov",
            "dicembre dic",
        ],
    },
    Language {
        code: "nb",
        months: [
            "januar jan",
            "februar feb",
            "mars mar",
            "april apr",
            "mai",
            "juni jun",
            "juli jul",
            "august aug",
            "september sep",
            "oktober okt",
            "november nov",
            "desember des",
        ],
    },
    Language {
        code: "nl",
        months: [
            "januari jan",
            "februari feb",
            "maart mrt",
            "april apr",
            "mei",
            "juni jun",
            "juli jul",
            "augustus aug",
            "september sep",
            "oktober okt",
            "november nov",
            "december dec",
        ],
    },
    Language {
        code: "pl",
        months: [
            "styczen stycznia sty",
            "luty lutego lut",
            "marzec marca mar",
            "kwiecien kwietnia kwi",
            "maj maja",
            "czerwiec czerwca cze",
            "lipiec lipca lip",
            "sierpien sierpnia sie",
            "wrzesien wrzesnia wrz",
            "pazdziernik pazdziernika paz",
            "listopad listopada lis",
            "grudzien grudnia gru",
        ],
    },
    Language {
        code: "pt",
        months: [
            "janeiro jan",
            "fevereiro fev",
            "marco mar",
            "abril abr",
            "maio mai",
            "junho jun",
            "julho jul",
            "agosto ago",
            "setembro set",
            "outubro out",
            "novembro nov",
            "dezembro dez",
        ],
    },
    Language {
        code: "ru",
        months: [
            "январь января янв",
            "февраль февраля февр фев",
            "март марта мар",
            "апрель апреля апр",
            "май мая",
            "июнь июня июн",
            "июль июля июл",
            "август августа авг",
            "сентябрь сентября сент сен",
            "октябрь октября окт",
            "ноябрь ноября нояб ноя",
            "декабрь декабря дек",
        ],
    },
    Language {
        code: "sv",
        months: [
            "januari jan",
            "februari feb",
            "mars mar",
            "april apr",
            "maj",
            "juni jun",
            "juli jul",
            "augusti aug",
            "september sep",
            "oktober okt",
            "november nov",
            "december dec",
        ],
    },
    Language {
        code: "tr",
        months: [
            "ocak oca",
            "subat sub",
            "mart mar",
            "nisan nis",
            "mayis may",
            "haziran haz",
            "temmuz tem",
            "agustos agu",
            "eylul eyl",
            "ekim eki",
            "kasim kas",
            "aralik ara",
        ],
    },
];

/// What a language's code means.
pub(super) enum Known {
    /// The language that everything else is made for.
    English,
    Other(&'static Language),
}

/// The language of a locale such as `fr`, `fr-CA` or `de_DE.UTF-8`.
pub(super) fn of(locale: &str) -> Option<Known> {
    let code = locale.split(['-', '_', '.']).next()?.to_ascii_lowercase();
    match code.as_str() {
        "en" | "c" | "posix" => return Some(Known::English),
        "no" | "nn" => return of("nb"),
        _ => {}
    }
    LANGUAGES.iter().find(|language| language.code == code).map(Known::Other)
}

/// The codes of all languages, English first.
pub(super) fn codes() -> Vec<&'static str> {
    std::iter::once("en").chain(LANGUAGES.iter().map(|language| language.code)).collect()
}

impl Language {
    /// The month (1 to 12) at the start of `text`, and the length of its name.
    pub(super) fn month(&self, text: &[u8]) -> Option<(u32, usize)> {
        let mut best: Option<(u32, usize)> = None;
        for (names, number) in self.months.iter().zip(1..) {
            for name in names.split(' ') {
                let found = prefix_len(text, name);
                if let Some(len) = found.filter(|len| best.is_none_or(|(_, it)| *len > it)) {
                    best = Some((number, len));
                }
            }
        }
        let (number, len) = best?;
        Some((number, len + usize::from(text.get(len) == Some(&b'.'))))
    }
}

/// The length of a weekday: letters, a dash between them, and a full stop.
pub(super) fn weekday(text: &[u8]) -> Option<usize> {
    let chunk = text.utf8_chunks().next()?.valid();
    let len = chunk.find(|it: char| !it.is_alphabetic() && it != '-').unwrap_or(chunk.len());
    (len > 0).then(|| len + usize::from(text.get(len) == Some(&b'.')))
}

/// How much of `text` is the name, whatever its accents and its case.
fn prefix_len(text: &[u8], name: &str) -> Option<usize> {
    let mut letters = text.utf8_chunks().next()?.valid().char_indices();
    for wanted in name.chars() {
        let (_, letter) = letters.next()?;
        if plain(letter) != wanted {
            return None;
        }
    }
    Some(letters.offset())
}

/// A letter in small and without its accent.
fn plain(letter: char) -> char {
    let small = letter.to_lowercase().next().unwrap_or(letter);
    match small {
        'à'..='å' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ě' | 'ę' => 'e',
        'ì'..='ï' | 'ı' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ő' => 'o',
        'ř' => 'r',
        'š' | 'ś' | 'ş' => 's',
        'ù'..='ü' | 'ű' | 'ů' => 'u',
        'ý' => 'y',
        'ž' | 'ź' | 'ż' => 'z',
        'ğ' => 'g',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(locale: &str, text: &str, wanted: Option<(u32, usize)>) {
        let Some(Known::Other(language)) = of(locale) else { panic!("{locale}") };
        assert_eq!(language.month(text.as_bytes()), wanted, "{text}");
    }

    #[test]
    fn months_have_their_names_with_and_without_accents() {
        check("fr", "juillet 1789", Some((7, 7)));
        check("fr_FR", "JUIN.", Some((6, 5)));
        check("fr-CA", "août", Some((8, 5)));
        check("fr", "aout", Some((8, 4)));
        check("fr", "févr. 2", Some((2, 6)));
        check("de_DE.UTF-8", "März", Some((3, 5)));
        check("de", "Dez.", Some((12, 4)));
        check("cs", "července", Some((7, 9)));
        check("ru", "5", None);
        check("ru", "мая", Some((5, 6)));
        check("fr", "\u{FFFD}", None);
        assert!(of("xx").is_none());
    }

    #[test]
    fn every_month_is_told_from_the_others() {
        for language in &LANGUAGES {
            for (names, number) in language.months.iter().zip(1..) {
                for name in names.split(' ') {
                    assert_eq!(
                        language.month(name.as_bytes()),
                        Some((number, name.len())),
                        "{name}"
                    );
                }
            }
        }
    }
}
