"""The 27 categories of the Rakuten France challenge."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    """A product type code and what people call it.

    `listings` is how many of the challenge's 84,916 training listings carry the code.
    """

    prdtypecode: int
    name_fr: str
    name_en: str
    listings: int = 0


RAKUTEN: tuple[Category, ...] = (
    Category(10, "Livres d'occasion", "Used books", 3116),
    Category(40, "Jeux vidéo", "Video games", 2508),
    Category(50, "Accessoires de jeux vidéo", "Video game accessories", 1681),
    Category(60, "Consoles de jeux vidéo", "Game consoles", 832),
    Category(1140, "Figurines et produits dérivés", "Figurines and merchandise", 2671),
    Category(1160, "Cartes à collectionner", "Trading cards", 3953),
    Category(1180, "Figurines et jeux de rôle", "Role-playing and tabletop figures", 764),
    Category(1280, "Jouets pour enfants", "Children's toys", 4870),
    Category(1281, "Jeux de société", "Board games", 2070),
    Category(1300, "Modélisme et véhicules radiocommandés", "Model and RC vehicles", 5045),
    Category(
        1301,
        "Chaussettes bébé et petits accessoires de jeux",
        "Baby socks and small game items",
        807,
    ),
    Category(1302, "Jeux et accessoires d'extérieur", "Outdoor play and leisure", 2491),
    Category(1320, "Puériculture", "Baby care", 3241),
    Category(1560, "Mobilier et rangement d'intérieur", "Indoor furniture and storage", 5073),
    Category(1920, "Linge de maison", "Household linen", 4303),
    Category(1940, "Alimentation", "Food", 803),
    Category(2060, "Décoration de la maison", "Home decoration", 4993),
    Category(2220, "Animalerie", "Pet supplies", 824),
    Category(2280, "Journaux et revues d'occasion", "Used newspapers and magazines", 4760),
    Category(
        2403,
        "Livres, BD et magazines (lots, séries)",
        "Books, comics and magazines (lots, series)",
        4774,
    ),
    Category(2462, "Consoles et jeux vidéo d'occasion", "Used consoles and games", 1421),
    Category(2522, "Papeterie et fournitures de bureau", "Stationery", 4989),
    Category(2582, "Mobilier et décoration de jardin", "Garden furniture and decoration", 2589),
    Category(2583, "Piscine et accessoires", "Pool and accessories", 10209),
    Category(2585, "Outillage et équipement de jardin", "Garden tools and equipment", 2496),
    Category(2705, "Livres neufs", "New books", 2761),
    Category(2905, "Jeux PC en téléchargement", "Downloadable PC games", 872),
)
